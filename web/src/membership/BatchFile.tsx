// Downloads the bank file of a batch.
import type { MouseEvent } from 'react';
import File from '@mui/icons-material/FileDownloadOutlined';
import Button from '@mui/material/Button';
import { useRecordContext, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { send } from '../data/http';

export default function BatchFile() {
	const row = useRecordContext();
	const translate = useTranslate();
	const [busy, act] = useAct();
	if (!row) return null;
	const to = `/api/payout_batches/${row.id}/file`;
	// Saves the file. The server checks only during the request whether something holds back a payout. Therefore, a
	// script sends the request and shows its error on this page.
	const save = async () => {
		const { body } = await send(to, { headers: { Accept: 'application/xml' } });
		const link = document.createElement('a');
		link.href = URL.createObjectURL(new Blob([body], { type: 'application/xml' }));
		link.download = `payouts-${row.id}.xml`;
		link.click();
		setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
	};
	const click = (event: MouseEvent) => {
		event.preventDefault();
		void act(save);
	};
	return (
		<Button size="small" component="a" href={to} onClick={click} disabled={busy} startIcon={<File />}>
			{translate('membership.bank_file')}
		</Button>
	);
}
