// The checklist that is shown after a migration. The user confirms each item or reports a problem.
import { useState } from 'react';
import Done from '@mui/icons-material/CheckCircleOutlined';
import Open from '@mui/icons-material/RadioButtonUncheckedOutlined';
import Wrong from '@mui/icons-material/ReportProblemOutlined';
import { useQueryClient } from '@tanstack/react-query';
import { useLocale, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { Ask, FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { send } from '../data/http';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { seenQuery, type Item } from './entries';

const icons = {
	verified: <Done color="success" />,
	problem: <Wrong color="warning" />,
	open: <Open color="disabled" />,
};

export function Checklist({ items }: { items: Item[] }) {
	const translate = useTranslate();
	const language = useLocale();
	const queries = useQueryClient();
	const { dateTime } = useFormats();
	const [busy, act] = useAct();
	const [reported, setReported] = useState<Item>();
	const answer = async ({ id }: Item, state: Item['state'], detail: string | null = null) => {
		const { json } = await send<Item>(`/api/checklist/${id}`, { method: 'PUT', body: { state, detail } });
		queries.setQueryData(
			seenQuery.queryKey,
			(old) => old && { ...old, checklist: old.checklist.map((one) => (one.id === id ? json : one)) },
		);
		setReported(undefined);
	};
	const textOf = (item: Item) => (language === 'fr' ? item.text_fr : item.text_en);
	const note = ({ state, detail, answered_at }: Item) =>
		state &&
		[translate(`whats_new.states.${state}`, { time: dateTime(answered_at) }), detail].filter(Boolean).join(' · ');
	return (
		<Panel title={translate('whats_new.checklist')} lead={translate('whats_new.checklist_help')}>
			<Lines>
				{items.map((item) => (
					<Line
						key={item.id}
						icon={icons[item.state ?? 'open']}
						title={textOf(item)}
						note={note(item)}
						action={
							item.state ? (
								<Deed
									does="whats_new.undo"
									of={textOf(item)}
									disabled={busy}
									onClick={() => act(() => answer(item, null))}
								/>
							) : (
								<>
									<Deed
										does="whats_new.fine"
										of={textOf(item)}
										disabled={busy}
										onClick={() => act(() => answer(item, 'verified'))}
									/>
									<Deed
										does="whats_new.report"
										of={textOf(item)}
										disabled={busy}
										aria-haspopup="dialog"
										onClick={() => setReported(item)}
									/>
								</>
							)
						}
					/>
				))}
			</Lines>
			{reported && (
				<FormDialog
					title={translate('whats_new.report')}
					lead={textOf(reported)}
					action={translate('whats_new.send')}
					close={() => setReported(undefined)}
					submit={({ detail = '' }) => answer(reported, 'problem', detail)}
				>
					<Ask
						name="detail"
						label={translate('whats_new.detail')}
						autoFocus
						multiline
						minRows={3}
						slotProps={{ htmlInput: { maxLength: 500 } }}
					/>
				</FormDialog>
			)}
		</Panel>
	);
}
