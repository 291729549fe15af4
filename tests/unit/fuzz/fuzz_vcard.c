/*
 * Input: a file of cards. Each card is read to its end, and a written card is
 * read back unchanged.
 */

#include "lib/base/buf.h"
#include "lib/format/contentline.h"
#include "lib/format/vcard.h"
#include "tests/unit/fuzz/harness.h"

struct file {
	const uint8_t *at;
	size_t left;
};

static size_t
more(void *from, char *data, size_t size)
{
	struct file *f = from;
	size_t n = f->left < size ? f->left : size;

	if (n > 0)
		memcpy(data, f->at, n);
	f->at += n;
	f->left -= n;
	return n;
}

/* Checks that the written text is one card, which is read unchanged. */
static void
try_back(struct arena *a, const struct vcard *card, enum vcard_version version)
{
	struct content_reader r = { .more = more };
	struct vcard again;
	struct buf one, two;
	struct file f;

	buf_init(&one, a);
	vcard_write(&one, card, version);
	f = (struct file){ (const uint8_t *)one.data, one.len };
	r.from = &f;
	PROMISE(vcard_read(&r, a, &again) == VCARD_ONE);
	PROMISE(again.nemails == card->nemails);
	PROMISE(again.nphones == card->nphones);
	PROMISE(again.end == one.len);
	buf_init(&two, a);
	vcard_write(&two, &again, version);
	PROMISE(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
	PROMISE(vcard_read(&r, a, &again) == VCARD_END);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file f = { data, size };
	struct content_reader r = { .more = more, .from = &f };
	struct arena *a = arena_new();
	enum vcard_status status;
	struct vcard card;
	size_t before = 0;

	while ((status = vcard_read(&r, a, &card)) != VCARD_END) {
		PROMISE(card.end >= before && card.end <= size);
		before = card.end;
		PROMISE((card.fault != NULL) == (status == VCARD_BAD));
		if (status != VCARD_ONE)
			continue;
		try_back(a, &card, VCARD_3);
		try_back(a, &card, VCARD_4);
	}
	arena_free(a);
	return 0;
}
