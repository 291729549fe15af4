/* Writes a payout batch as a credit transfer, pain.001.001.09 (ISO 20022). */

#include <string.h>

#include "fcgi/http/dav.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/session.h"
#include "handlers/membership/payout_file.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/crypto/secretbox.h"
#include "schema/membership/payout.h"

#define NS "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

static void
put(struct buf *b, const char *before, const char *text, const char *after)
{
	buf_puts(b, before);
	dav_text(b, text);
	buf_puts(b, after);
}

/*
 * Writes an account. Returns false if another server has encrypted the number.
 */
static bool
put_account(struct request *rq, struct buf *b, const struct db_step *rows,
    int row, const char *who)
{
	const char *sealed = db_text(rows, row, PAYOUT_FILE_ENCRYPTED_IBAN);
	const char *iban = sealed != NULL
	    ? secretbox_open(rq->arena, rq->config->secrets, sealed)
	    : NULL;

	if (iban == NULL)
		return false;
	buf_printf(
	    b, "<%sAcct><Id><IBAN>%s</IBAN></Id></%sAcct>", who, iban, who);
	return true;
}

/*
 * Writes a bank. Banks identify each other by the IBAN, but the file must name
 * its recipient.
 */
static void
put_agent(struct buf *b, const struct db_step *rows, int row, const char *who)
{
	const char *bic = db_text(rows, row, PAYOUT_FILE_BIC);

	if (bic == NULL && row > 0)
		return;
	buf_printf(b, "<%sAgt><FinInstnId>", who);
	if (bic != NULL)
		put(b, "<BICFI>", bic, "</BICFI>");
	else
		buf_puts(b, "<Othr><Id>NOTPROVIDED</Id></Othr>");
	buf_printf(b, "</FinInstnId></%sAgt>", who);
}

static void
put_count(struct buf *b, const struct db_step *rows)
{
	put(b, "<NbOfTxs>", db_text(rows, 0, PAYOUT_FILE_PAYOUTS),
	    "</NbOfTxs>");
	put(b, "<CtrlSum>", db_text(rows, 0, PAYOUT_FILE_AMOUNT), "</CtrlSum>");
}

static bool
put_debtor(struct request *rq, struct buf *b, const struct db_step *rows)
{
	const char *id = db_text(rows, 0, PAYOUT_FILE_REFERENCE),
		   *holder = db_text(rows, 0, PAYOUT_FILE_HOLDER);

	put(b, "<GrpHdr><MsgId>", id, "</MsgId>");
	put(b, "<CreDtTm>", db_text(rows, 0, PAYOUT_FILE_CREATED_AT),
	    "</CreDtTm>");
	put_count(b, rows);
	put(b, "<InitgPty><Nm>", holder, "</Nm></InitgPty></GrpHdr>\n");
	put(b, "<PmtInf><PmtInfId>", id, "</PmtInfId><PmtMtd>TRF</PmtMtd>");
	put_count(b, rows);
	if (strcmp(db_text(rows, 0, PAYOUT_FILE_CURRENCY), "EUR") == 0)
		buf_puts(
		    b, "<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>");
	put(b, "<ReqdExctnDt><Dt>", db_text(rows, 0, PAYOUT_FILE_EXECUTE_ON),
	    "</Dt></ReqdExctnDt>");
	put(b, "<Dbtr><Nm>", holder, "</Nm></Dbtr>");
	if (!put_account(rq, b, rows, 0, "Dbtr"))
		return false;
	put_agent(b, rows, 0, "Dbtr");
	buf_puts(b, "<ChrgBr>SLEV</ChrgBr>\n");
	return true;
}

static bool
put_transfer(
    struct request *rq, struct buf *b, const struct db_step *rows, int row)
{
	put(b, "<CdtTrfTxInf><PmtId><EndToEndId>",
	    db_text(rows, row, PAYOUT_FILE_REFERENCE), "</EndToEndId></PmtId>");
	put(b, "<Amt><InstdAmt Ccy=\"",
	    db_text(rows, row, PAYOUT_FILE_CURRENCY), "\">");
	put(b, "", db_text(rows, row, PAYOUT_FILE_AMOUNT), "</InstdAmt></Amt>");
	put_agent(b, rows, row, "Cdtr");
	put(b, "<Cdtr><Nm>", db_text(rows, row, PAYOUT_FILE_HOLDER),
	    "</Nm></Cdtr>");
	if (!put_account(rq, b, rows, row, "Cdtr"))
		return false;
	put(b, "<RmtInf><Ustrd>", db_text(rows, row, PAYOUT_FILE_ABOUT),
	    "</Ustrd></RmtInf></CdtTrfTxInf>\n");
	return true;
}

static bool
put_file(struct request *rq, struct buf *b, const struct db_step *rows)
{
	int row;

	buf_init(b, rq->arena);
	buf_puts(b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<Document xmlns=\"" NS "\"><CstmrCdtTrfInitn>\n");
	if (!put_debtor(rq, b, rows))
		return false;
	for (row = 1; row < db_rows(rows); row++)
		if (!put_transfer(rq, b, rows, row))
			return false;
	buf_puts(b, "</PmtInf></CstmrCdtTrfInitn></Document>\n");
	return true;
}

enum problem_code
payout_file_send(struct request *rq, struct response *rs)
{
	struct db_step rows =
	    membership_payout_file(rq->arena, .batch = rq->id);
	enum problem_code err;
	struct buf b;

	if ((err = session_read(rq, &rows, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&rows) == 0)
		return request_refuse(rq, "not_found");
	if (!put_file(rq, &b, &rows))
		return request_refuse(rq, "account_without_iban");
	response_empty(rs, 200);
	rs->type = "application/xml";
	rs->disposition = arena_printf(
	    rq->arena, "attachment; filename=\"payouts-%s.xml\"", rq->id);
	rs->body = b.data;
	rs->body_len = b.len;
	return PROBLEM_NONE;
}
