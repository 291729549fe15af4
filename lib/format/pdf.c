/* Writes lines of text as a PDF document, with Pango and Cairo. */

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/format/pdf.h"

/* In points. */
#define WIDTH  595.28
#define HEIGHT 841.89
#define MARGIN 56.7 /* 20 mm */

/* Runs at process exit, because the libraries' caches would hide leaks. */
static void
release_fonts(void)
{
	pango_cairo_font_map_set_default(NULL);
	cairo_debug_reset_static_data();
	FcFini();
}

static void
load_fonts(void)
{
	static bool loaded;

	if (!loaded && atexit(release_fonts) != 0)
		fatal("pdf: out of memory");
	loaded = true;
}

struct page {
	cairo_t *cairo;
	PangoLayout *layout;
	double at; /* top of the next line */
};

static cairo_status_t
receive(void *to, const unsigned char *bytes, unsigned int len)
{
	buf_write(to, (const char *)bytes, len);
	return CAIRO_STATUS_SUCCESS;
}

static void
set_line(PangoLayout *layout, const struct pdf_line *line)
{
	PangoFontDescription *font =
	    pango_font_description_from_string("Noto Sans");

	pango_font_description_set_absolute_size(
	    font, line->size * (double)PANGO_SCALE);
	if (line->bold)
		pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_text(layout, line->text, -1);
}

/* Returns the layout's first character that no font has, or NULL. */
static const char *
find_missing(struct arena *a, PangoLayout *layout)
{
	const char *text = pango_layout_get_text(layout);
	PangoLayoutIter *iter;
	const char *found = NULL;

	if (pango_layout_get_unknown_glyphs_count(layout) == 0)
		return NULL;
	iter = pango_layout_get_iter(layout);
	do {
		PangoLayoutRun *run = pango_layout_iter_get_run_readonly(iter);
		int i;

		for (i = 0; run != NULL && i < run->glyphs->num_glyphs; i++) {
			const char *at = text + run->item->offset +
			    run->glyphs->log_clusters[i];

			if ((run->glyphs->glyphs[i].glyph &
				PANGO_GLYPH_UNKNOWN_FLAG) != 0 &&
			    found == NULL)
				found = arena_strndup(
				    a, at, (size_t)(g_utf8_next_char(at) - at));
		}
	} while (found == NULL && pango_layout_iter_next_run(iter));
	pango_layout_iter_free(iter);
	return found;
}

/*
 * Draws the rows of a wrapped line. Begins a new page when the current page is
 * full.
 */
static void
draw(struct page *p)
{
	PangoLayoutIter *iter = pango_layout_get_iter(p->layout);
	PangoRectangle row;
	double height;

	do {
		pango_layout_iter_get_line_extents(iter, NULL, &row);
		height = (double)row.height / PANGO_SCALE * 1.2;
		if (p->at + height > HEIGHT - MARGIN && p->at > MARGIN) {
			cairo_show_page(p->cairo);
			p->at = MARGIN;
		}
		cairo_move_to(p->cairo, MARGIN + (double)row.x / PANGO_SCALE,
		    p->at +
			(double)(pango_layout_iter_get_baseline(iter) - row.y) /
			    PANGO_SCALE);
		pango_cairo_show_layout_line(
		    p->cairo, pango_layout_iter_get_line_readonly(iter));
		p->at += height;
	} while (pango_layout_iter_next_line(iter));
	pango_layout_iter_free(iter);
}

/* Draws all lines. Returns the first character that no font has, or NULL. */
static const char *
draw_all(struct arena *a, cairo_surface_t *surface,
    const struct pdf_line *lines, size_t n)
{
	struct page p = { .cairo = cairo_create(surface), .at = MARGIN };
	const char *missing = NULL;
	size_t i;

	p.layout = pango_cairo_create_layout(p.cairo);
	pango_layout_set_width(
	    p.layout, (int)((WIDTH - 2 * MARGIN) * PANGO_SCALE));
	pango_layout_set_wrap(p.layout, PANGO_WRAP_WORD_CHAR);
	for (i = 0; i < n && missing == NULL; i++) {
		set_line(p.layout, &lines[i]);
		missing = find_missing(a, p.layout);
		draw(&p);
	}
	g_object_unref(p.layout);
	cairo_destroy(p.cairo);
	return missing;
}

const char *
pdf_document(struct arena *a, const char *title, const struct pdf_line *lines,
    size_t n, size_t *len, const char **missing)
{
	struct buf b;
	cairo_surface_t *surface;

	load_fonts();
	buf_init(&b, a);
	surface =
	    cairo_pdf_surface_create_for_stream(receive, &b, WIDTH, HEIGHT);
	cairo_pdf_surface_set_metadata(
	    surface, CAIRO_PDF_METADATA_TITLE, title);
	*missing = draw_all(a, surface, lines, n);
	cairo_surface_finish(surface);
	if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
		fatal("pdf: %s",
		    cairo_status_to_string(cairo_surface_status(surface)));
	cairo_surface_destroy(surface);
	*len = b.len;
	return *missing == NULL ? b.data : NULL;
}
