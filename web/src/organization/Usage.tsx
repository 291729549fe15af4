// How much of its quotas the organization uses.
import Chip from '@mui/material/Chip';
import Stack from '@mui/material/Stack';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useLocale, useTranslate } from 'ra-core';
import { send } from '../data/http';
import { Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';

const kinds = ['rows', 'file_bytes', 'mails', 'requests'] as const;
type Usage = Record<(typeof kinds)[number], { used: number; limit: number | null; state: 'ok' | 'near' | 'over' }>;

const usageQuery = queryOptions({ queryKey: ['usage'], queryFn: async () => (await send<Usage>('/api/usage')).json });

export function Usage() {
	const translate = useTranslate();
	const locale = useLocale();
	const usage = useQuery(usageQuery);
	const shown = (kind: (typeof kinds)[number], value: number) =>
		kind === 'file_bytes'
			? new Intl.NumberFormat(locale, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 }).format(
					value / 1e6,
				)
			: new Intl.NumberFormat(locale).format(value);
	return (
		<Panel title={translate('organization.usage')} lead={translate('organization.usage_help')}>
			<QueryResult query={usage}>
				{(all) => (
					<Table size="small" sx={{ maxWidth: 560 }}>
						<TableHead>
							<TableRow>
								<TableCell component="td" />
								<TableCell align="right">{translate('organization.used')}</TableCell>
								<TableCell align="right">{translate('organization.quota')}</TableCell>
							</TableRow>
						</TableHead>
						<TableBody>
							{kinds.map((kind) => (
								<TableRow key={kind}>
									<TableCell component="th" scope="row">
										<Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
											{translate(`organization.quotas.${kind}`)}
											{all[kind].state !== 'ok' && (
												<Chip
													size="small"
													color={all[kind].state === 'over' ? 'error' : 'warning'}
													label={translate(`organization.quota_${all[kind].state}`)}
												/>
											)}
										</Stack>
									</TableCell>
									<TableCell align="right">{shown(kind, all[kind].used)}</TableCell>
									<TableCell align="right">
										{all[kind].limit === null ? '–' : shown(kind, all[kind].limit)}
									</TableCell>
								</TableRow>
							))}
						</TableBody>
					</Table>
				)}
			</QueryResult>
		</Panel>
	);
}
