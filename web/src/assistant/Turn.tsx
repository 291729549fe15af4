// A question, the sources and tools used for it, and the answer.
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useGetManyAggregate, useTranslate, type HttpError, type RaRecord } from 'ra-core';
import { Link as To } from 'react-router-dom';
import { useExplain } from '../data/act';
import { usePageOf } from '../records/usePageOf';
import { Markdown } from '../ui/Markdown';
import { Suggestion } from './Suggestion';
import type { Source, Turn } from './useConversation';

/** A link to the record. A note has no page, so the link leads to its contact or deal. */
function SourceLink({ source }: { source: Source }) {
	const isNote = source.resource.endsWith('_notes');
	const { data } = useGetManyAggregate<RaRecord<number>>(source.resource, { ids: [source.id] }, { enabled: isNote });
	const page = usePageOf()({ ...source, contact_id: data?.[0]?.contact_id, deal_id: data?.[0]?.deal_id });
	return page ? (
		<Link component={To} to={page}>
			{source.title}
		</Link>
	) : (
		source.title
	);
}

function Sources({ sources }: { sources: Source[] }) {
	const translate = useTranslate();
	return (
		<Box component="nav" aria-label={translate('assistant.sources')} sx={{ mt: 1.5, fontSize: '0.875rem' }}>
			<Typography variant="body2" color="textSecondary" sx={{ fontWeight: 600 }}>
				{translate('assistant.sources')}
			</Typography>
			<Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
				{sources.map((source) => (
					<Box
						component="li"
						key={`${source.resource} ${source.id}`}
						sx={{ py: 0.5, overflowWrap: 'anywhere' }}
					>
						<SourceLink source={source} />
						<Box component="span" sx={{ color: 'text.secondary' }}>
							{` · ${translate(`search.groups.of_${source.resource}`)}`}
						</Box>
					</Box>
				))}
			</Box>
		</Box>
	);
}

function Tools({ names }: { names: string[] }) {
	const translate = useTranslate();
	const said = [...new Set(names)].map((name) => translate(`assistant.tools.${name}`, { _: name }));
	return (
		<Typography variant="body2" color="textSecondary" sx={{ mt: 1 }}>
			{translate('assistant.used', { tools: said.join(', ') })}
		</Typography>
	);
}

function Failed({ error, again }: { error: HttpError; again?: () => void }) {
	const translate = useTranslate();
	const explain = useExplain();
	const badKey = error.body?.type === '/problems/key_refused';
	const words = badKey
		? translate('assistant.bad_key')
		: error.status === 422
			? translate('assistant.refused')
			: error.status === 503
				? translate('assistant.away')
				: explain(error);
	return (
		<Alert
			severity="warning"
			sx={{ mt: 1 }}
			action={
				badKey ? (
					<Button color="inherit" size="small" component={To} to="/profile/keys">
						{translate('assistant.to_keys')}
					</Button>
				) : (
					again && (
						<Button color="inherit" size="small" onClick={again}>
							{translate('i18n.connection.again')}
						</Button>
					)
				)
			}
		>
			{words}
		</Alert>
	);
}

/** `again` repeats the question; only the last turn has it. */
export function OneTurn({ turn, again }: { turn: Turn; again?: () => void }) {
	const translate = useTranslate();
	const { question, answer, sources, tools, proposals, state, error } = turn;
	const lookups = tools.filter((name) => !proposals.some(({ tool }) => tool === name));
	const remark =
		state === 'stopped'
			? 'assistant.stopped'
			: answer
				? undefined
				: state === 'going'
					? 'assistant.thinking'
					: state === 'done'
						? 'assistant.silent'
						: undefined;
	return (
		<Box component="li" sx={{ mb: 3 }}>
			<Box
				sx={{
					bgcolor: 'action.selected',
					borderRadius: 2,
					px: 1.5,
					py: 1,
					ml: 4,
					mb: 1.5,
					whiteSpace: 'pre-wrap',
					overflowWrap: 'anywhere',
				}}
			>
				{question}
			</Box>
			{answer && <Markdown text={answer} />}
			{remark && <Typography color="textSecondary">{translate(remark)}</Typography>}
			{error && <Failed error={error} again={again} />}
			{proposals.map((proposal) => (
				<Suggestion key={proposal.id} proposal={proposal} />
			))}
			{lookups.length > 0 && <Tools names={lookups} />}
			{sources.length > 0 && <Sources sources={sources} />}
		</Box>
	);
}
