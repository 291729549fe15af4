// Selects a file, shows how it is read, and uploads it.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useDataProvider, useTranslate } from 'ra-core';
import { useResourceName } from '../data/resourceName';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Panel } from '../ui/Panel';
import { allWith } from '../data/permissions';
import { useMe } from '../data/session';
import { countRows, readHead, type Reading } from './head';
import { keys, type Import } from './import';
import { FileChoice } from './FileChoice';
import { HowRead } from './HowRead';
import { WIDTH } from '../ui/width';

export default function ImportCreate() {
	const translate = useTranslate();
	const resourceName = useResourceName();
	const navigate = useNavigate();
	const me = useMe();
	const { tell } = useDataProvider<Provider>();
	const [search, setSearch] = useSearchParams();
	const [file, setFile] = useState<File>();
	const [said, setSaid] = useState<Partial<Reading>>({});
	const [busy, act] = useAct();
	const { count } = useFormats();
	const kinds = allWith(me, 'import');
	const resource = kinds.find((kind) => kind === search.get('resource')) ?? 'contacts';
	const { data: head } = useQuery({
		queryKey: ['head', file?.name, file?.size, file?.lastModified, said],
		queryFn: () => readHead(file!, said),
		enabled: file !== undefined,
		gcTime: 0,
		placeholderData: (last) => last,
	});
	const { data: rows } = useQuery({
		queryKey: ['rows', file?.name, file?.size, file?.lastModified, head],
		gcTime: 0,
		queryFn: () => countRows(file!, head!) ?? null,
		enabled: file !== undefined && head !== undefined,
	});
	const send = () =>
		act(async () => {
			const form = new FormData();
			form.append('file', file!);
			const { delimiter, encoding, header, skip, format } = head!;
			const sent = await tell<Import>(
				`/api/imports?${new URLSearchParams({
					resource,
					encoding,
					...(format === 'csv' && { delimiter, header: String(header), skip: String(skip) }),
				})}`,
				form,
			);
			// Most files contain records that already exist.
			if (keys(sent)[0] === 'email')
				await tell(`/api/imports/${sent.id}`, { match_by: 'email', mode: 'both' }, 'PATCH');
			navigate(`/imports/${sent.id}/show`, { replace: true, state: { rows } });
		});
	return (
		<Box sx={{ ...WIDTH, pt: 2 }}>
			<Title title="imports.new" />
			<Panel title={translate('imports.choose')} lead={translate('imports.choose_help')}>
				<Stack spacing={2}>
					<FileChoice
						file={file}
						choose={(chosen) => {
							setFile(chosen);
							setSaid({});
						}}
					/>
					{head?.format === 'csv' && (
						<>
							<TextField
								id="resource"
								select
								label={translate('imports.what')}
								value={resource}
								sx={{ maxWidth: 280 }}
								onChange={(event) => setSearch({ resource: event.target.value }, { replace: true })}
							>
								{kinds
									.map((kind) => ({ kind, name: resourceName(kind, 2) }))
									.sort((one, other) => one.name.localeCompare(other.name))
									.map(({ kind, name }) => (
										<MenuItem key={kind} value={kind}>
											{name}
										</MenuItem>
									))}
							</TextField>
							{rows != null && (
								<Typography>
									{translate('imports.rows', { smart_count: rows, n: count(rows) })}
								</Typography>
							)}
							<HowRead head={head} say={(more) => setSaid({ ...said, ...more })} />
						</>
					)}
					{head && head.format !== 'csv' && (
						<Alert severity={head.format === 'workbook' ? 'warning' : 'info'}>
							{translate(`imports.about.${head.format}`)}
						</Alert>
					)}
					{busy && <LinearProgress aria-label={translate('imports.sending')} />}
					{head && head.format !== 'workbook' && (
						<Box>
							<Button variant="contained" disabled={busy} onClick={send}>
								{translate('imports.next')}
							</Button>
						</Box>
					)}
				</Stack>
			</Panel>
		</Box>
	);
}
