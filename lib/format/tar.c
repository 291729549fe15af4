/* Reads and writes the tar format of archives. */
#include <stdlib.h>
#include <string.h>

#include "lib/format/tar.h"

#define BLOCK     TAR_BLOCK
#define SIZE_MAX8 077777777777LL /* eleven octal digits: 8 GiB */

/* Offsets in a file header. */
enum {
	AT_MODE = 100,
	AT_OWNER = 108,
	AT_GROUP = 116,
	AT_SIZE = 124,
	AT_TIME = 136,
	AT_SUM = 148,
	AT_TYPE = 156,
	AT_MAGIC = 257,
};

/*
 * Computes the checksum, for which its own eight bytes in the header count as
 * spaces.
 */
static unsigned
sum_of(const unsigned char *block)
{
	unsigned sum = 0;
	int i;

	for (i = 0; i < BLOCK; i++)
		sum += i >= AT_SUM && i < AT_SUM + 8 ? ' ' : block[i];
	return sum;
}

static void
fill(char *block, const struct tar_entry *e)
{
	char number[32];

	memset(block, 0, BLOCK);
	memcpy(block, e->name, strlen(e->name));
	memcpy(block + AT_MODE, "0000600", 7);
	memcpy(block + AT_OWNER, "0000000", 7);
	memcpy(block + AT_GROUP, "0000000", 7);
	snprintf(number, sizeof number, "%011llo", e->size);
	memcpy(block + AT_SIZE, number, 11);
	memcpy(block + AT_TIME, "00000000000", 11);
	block[AT_TYPE] = '0';
	memcpy(block + AT_MAGIC, "ustar\00000", 8);
	snprintf(number, sizeof number, "%06o", sum_of((unsigned char *)block));
	memcpy(block + AT_SUM, number, 7); /* six digits and a NUL */
	block[AT_SUM + 7] = ' ';
}

static bool
put_header(FILE *f, const struct tar_entry *e)
{
	char block[BLOCK];

	fill(block, e);
	return fwrite(block, 1, BLOCK, f) == BLOCK;
}

bool
tar_header(char block[TAR_BLOCK], const char *name, long long size)
{
	struct tar_entry e = { .size = size };

	if (strlen(name) > TAR_NAME_MAX || size > SIZE_MAX8)
		return false;
	memcpy(e.name, name, strlen(name) + 1);
	fill(block, &e);
	return true;
}

size_t
tar_padding(long long size)
{
	return (size_t)((BLOCK - size % BLOCK) % BLOCK);
}

bool
tar_begin(FILE *f, struct tar_entry *e, const char *name)
{
	*e = (struct tar_entry){ .head = ftello(f) };
	if (e->head == -1 || strlen(name) > TAR_NAME_MAX)
		return false;
	memcpy(e->name, name, strlen(name) + 1);
	return put_header(f, e);
}

bool
tar_end(FILE *f, struct tar_entry *e)
{
	static const char zeros[BLOCK];
	off_t end = ftello(f);
	size_t pad;

	e->size = end - e->head - BLOCK;
	if (end == -1 || e->size > SIZE_MAX8)
		return false;
	pad = tar_padding(e->size);
	return fwrite(zeros, 1, pad, f) == pad &&
	    fseeko(f, e->head, SEEK_SET) == 0 && put_header(f, e) &&
	    fseeko(f, 0, SEEK_END) == 0;
}

bool
tar_close(FILE *f)
{
	static const char zeros[2 * BLOCK];

	return fwrite(zeros, 1, sizeof zeros, f) == sizeof zeros &&
	    fflush(f) == 0;
}

static bool
zeros_only(const unsigned char *block, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (block[i] != 0)
			return false;
	return true;
}

/*
 * Returns true if the archive ends after a block of zeros: a second block of
 * zeros and the end of the file must follow.
 */
static bool
ends_here(FILE *f)
{
	unsigned char block[BLOCK];

	return fread(block, 1, BLOCK, f) == BLOCK && zeros_only(block, BLOCK) &&
	    fgetc(f) == EOF && ferror(f) == 0;
}

int
tar_next(FILE *f, struct tar_entry *e)
{
	unsigned char block[BLOCK];
	char again[BLOCK], number[12] = "";

	*e = (struct tar_entry){ .head = ftello(f) };
	if (fread(block, 1, BLOCK, f) != BLOCK)
		return -1;
	if (zeros_only(block, BLOCK))
		return ends_here(f) ? 0 : -1;
	memcpy(e->name, block, TAR_NAME_MAX);
	memcpy(number, block + AT_SIZE, 11);
	e->size = strtoll(number, NULL, 8);
	if (e->size < 0)
		return -1;
	fill(again, e);
	return memcmp(again, block, BLOCK) == 0 ? 1 : -1;
}

bool
tar_skip_padding(FILE *f, const struct tar_entry *e)
{
	unsigned char block[BLOCK];
	size_t pad = tar_padding(e->size);

	return fread(block, 1, pad, f) == pad && zeros_only(block, pad);
}
