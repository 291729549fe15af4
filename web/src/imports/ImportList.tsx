import Icon from '@mui/icons-material/UploadFileOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Link from '@mui/material/Link';
import { List } from 'react-admin';
import { useListContext, useTranslate } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useResourceName } from '../data/resourceName';
import { Link as RouterLink } from 'react-router-dom';
import { useFormats } from '../data/useFormats';
import { PageActions } from '../ui/PageActions';
import { Line, Lines } from '../ui/Panel';
import { Colleague } from '../records/People';
import { colors, outcomes, working, type Import } from './import';
import { allWith } from '../data/permissions';
import { useMe } from '../data/session';
import { EmptyState } from '../ui/EmptyState';

function New() {
	const translate = useTranslate();
	const imports = allWith(useMe(), 'import').length > 0;
	return (
		imports && (
			<Button component={RouterLink} to="/imports/create" variant="contained">
				{translate('imports.new')}
			</Button>
		)
	);
}

function Files() {
	const { data = [] } = useListContext<Import>();
	const translate = useTranslate();
	const resourceName = useResourceName();
	const { ago, dateTime, count, percent } = useFormats();
	const came = (file: Import) =>
		outcomes
			.filter((outcome) => file[outcome] > 0)
			.map((outcome) => `${translate(`imports.became.${outcome}`)}${colon()}${count(file[outcome])}`);
	return (
		<Box sx={{ px: { xs: 2, sm: 3 }, py: 1 }}>
			<Lines>
				{data.map((file) => (
					<Line
						key={file.id}
						icon={<Icon color="action" />}
						title={
							<Link component={RouterLink} to={`/imports/${file.id}/show`}>
								{file.title || `#${file.id}`}
							</Link>
						}
						note={
							<>
								{[
									file.resource ? resourceName(file.resource, 2) : translate('imports.everything'),
									...came(file),
								].join(' · ')}
								{' · '}
								<span title={dateTime(file.created_at)}>{ago(file.created_at)}</span>
								{file.sales_id != null && (
									<>
										{' · '}
										<Colleague record={file} />
									</>
								)}
							</>
						}
						action={
							<Chip
								size="small"
								variant="outlined"
								color={colors[file.state]}
								label={
									translate(`imports.states.${file.state}`) +
									(file.state === 'running' ? ` ${percent(file.percent ?? 0)}` : '')
								}
							/>
						}
					/>
				))}
			</Lines>
		</Box>
	);
}

function Empty() {
	const translate = useTranslate();
	return (
		<EmptyState icon={Icon} title={translate('imports.none')} text={translate('imports.choose_help')}>
			<New />
		</EmptyState>
	);
}

export default function ImportList() {
	return (
		<List<Import>
			title="imports.title"
			sort={{ field: 'created_at', order: 'DESC' }}
			perPage={25}
			exporter={false}
			empty={<Empty />}
			actions={
				<PageActions>
					<New />
				</PageActions>
			}
			queryOptions={{
				refetchInterval: ({ state }) =>
					state.data?.data?.some((file: Import) => working(file.state)) ? 2000 : false,
			}}
		>
			<Files />
		</List>
	);
}
