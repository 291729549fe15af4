// The evidence of a verification. Pictures are shown beside the facts, and other files have a link.
import { useRef } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useDataProvider, useGetList, useRecordContext, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { QueryResult } from '../ui/QueryResult';
import { Download } from '../ui/Download';

const kinds = ['front', 'back', 'selfie', 'address', 'other'] as const;

interface File extends RaRecord<number> {
	kind: (typeof kinds)[number];
	title: string | null;
	type: string;
}

function Add({ id }: { id: RaRecord['id'] }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const input = useRef<HTMLInputElement>(null);
	const kind = useRef<string>('front');
	const upload = (file: Blob) =>
		act(() => {
			const form = new FormData();
			form.set('file', file);
			return tell(`/api/kyc_evidence?verification_id=${id}&kind=${kind.current}`, form).then(refresh);
		});
	return (
		<>
			<input
				ref={input}
				type="file"
				hidden
				aria-label={translate('membership.evidence.add')}
				onChange={({ target }) => {
					if (target.files?.[0]) void upload(target.files[0]);
					target.value = '';
				}}
			/>
			<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap', mb: 2 }}>
				{kinds.map((one) => (
					<Button
						key={one}
						size="small"
						variant="outlined"
						disabled={busy}
						aria-label={`${translate('membership.evidence.add')}: ${translate(`membership.evidence.${one}`)}`}
						onClick={() => {
							kind.current = one;
							input.current?.click();
						}}
					>
						+ {translate(`membership.evidence.${one}`)}
					</Button>
				))}
			</Stack>
		</>
	);
}

export default function Evidence() {
	const translate = useTranslate();
	const row = useRecordContext()!;
	const provider = useDataProvider();
	const refresh = useRefresh();
	const [busy, act] = useAct();
	const open = ['draft', 'needs_information'].includes(row.status);
	const query = useGetList<File>('kyc_evidence', {
		filter: { verification_id: row.id },
		pagination: { page: 1, perPage: 20 },
		sort: { field: 'id', order: 'ASC' },
	});
	return (
		<>
			{open && <Add id={row.id} />}
			<QueryResult query={query} empty={translate('membership.evidence.none')}>
				{(files) => (
					<Stack spacing={2}>
						{files.map((file) => {
							const address = `/api/kyc_evidence/${file.id}/content`;
							return (
								<Box key={file.id} component="figure" sx={{ m: 0 }}>
									{file.type.startsWith('image/') && (
										<Box
											component="img"
											src={address}
											alt={translate(`membership.evidence.${file.kind}`)}
											loading="lazy"
											sx={{
												display: 'block',
												maxWidth: '100%',
												border: 1,
												borderColor: 'divider',
												borderRadius: 1,
											}}
										/>
									)}
									<Stack
										component="figcaption"
										direction="row"
										useFlexGap
										sx={{ gap: 1, alignItems: 'center', flexWrap: 'wrap', mt: 0.5 }}
									>
										<Typography variant="body2" sx={{ flex: 1, overflowWrap: 'anywhere' }}>
											{[translate(`membership.evidence.${file.kind}`), file.title]
												.filter(Boolean)
												.join(' · ')}
										</Typography>
										<Download to={address} label={translate('membership.evidence.open')} />
										{open && (
											<Button
												size="small"
												color="error"
												disabled={busy}
												onClick={() =>
													act(() =>
														provider
															.delete('kyc_evidence', { id: file.id, previousData: file })
															.then(refresh),
													)
												}
											>
												{translate('membership.evidence.remove')}
											</Button>
										)}
									</Stack>
								</Box>
							);
						})}
					</Stack>
				)}
			</QueryResult>
		</>
	);
}
