import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useDataProvider, useGetList, useNotify, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import { QueryResult } from '../ui/QueryResult';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { Pagination } from '../ui/Pagination';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { useRemoval } from '../data/undo';

interface Tag extends RaRecord<number> {
	name: string;
	color: string;
}

const PAGE = 50;
const fresh = '#eddcd2';

/** Contact tags. */
export default function Tags() {
	const provider = useDataProvider();
	const translate = useTranslate();
	const notify = useNotify();
	const refresh = useRefresh();
	const remove = useRemoval('tags');
	const [page, setPage] = useState(0);
	const [asking, setAsking] = useState<'new' | Tag>();
	const query = useGetList<Tag>('tags', {
		sort: { field: 'name', order: 'ASC' },
		pagination: { page: page + 1, perPage: PAGE },
	});
	const tag = typeof asking === 'object' ? asking : undefined;
	const save = async (values: Answers) => {
		if (tag) await provider.update('tags', { id: tag.id, data: values, previousData: tag });
		else await provider.create('tags', { data: values });
		setAsking(undefined);
		notify('profile.saved', { type: 'success' });
		refresh();
	};
	return (
		<Panel
			title={translate('organization.tags')}
			lead={translate('organization.tags_help')}
			action={
				<Button variant="outlined" onClick={() => setAsking('new')}>
					{translate('organization.tag_make')}
				</Button>
			}
		>
			<QueryResult query={query} empty={translate('organization.no_tags')}>
				{(tags) => (
					<Lines>
						{tags.map((one) => (
							<Line
								key={one.id}
								title={one.name}
								icon={
									<Box
										aria-hidden
										sx={{
											width: 18,
											height: 18,
											borderRadius: '50%',
											border: 1,
											borderColor: 'divider',
											bgcolor: one.color,
										}}
									/>
								}
								action={
									<>
										<Deed does="ra.action.edit" of={one.name} onClick={() => setAsking(one)} />
										<Deed
											does="ra.action.delete"
											of={one.name}
											color="error"
											onClick={() => remove({ ids: [one.id] })}
										/>
									</>
								}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
			<Pagination total={query.total ?? 0} page={page} size={PAGE} setPage={setPage} />
			{asking && (
				<FormDialog
					title={tag ? tag.name : translate('organization.tag_make')}
					action={translate('ra.action.save')}
					submit={save}
					close={() => setAsking(undefined)}
				>
					<Ask name="name" autoFocus label={translate('profile.called')} defaultValue={tag?.name} />
					<Ask
						name="color"
						type="color"
						label={translate('organization.color')}
						defaultValue={/^#[0-9a-f]{6}$/i.test(tag?.color ?? '') ? tag!.color : fresh}
					/>
				</FormDialog>
			)}
		</Panel>
	);
}
