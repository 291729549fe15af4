// A company's profile, which is edited in place beside the tabs of the company's page.
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import {
	RecordContextProvider,
	ResourceContextProvider,
	useGetList,
	useGetOne,
	useRecordContext,
	useTranslate,
	type RaRecord,
} from 'ra-core';
import { Facts } from '../records/Facts';
import { InlineEditing } from '../records/inline';
import { References } from '../records/fields';
import { useFieldOf, useResource } from '../records/resources';

const MOST = 100;

function Children({ of }: { of: RaRecord['id'] }) {
	const translate = useTranslate();
	const fieldOf = useFieldOf('company_profiles');
	const { data = [] } = useGetList<RaRecord<number>>('company_profiles', {
		filter: { parent_id: of },
		sort: { field: 'id', order: 'ASC' },
		pagination: { page: 1, perPage: MOST },
	});
	return (
		data.length > 0 && (
			<Box sx={{ pt: 1 }}>
				<Typography variant="body2" color="textSecondary">
					{translate('resources.company_profiles.fields.children')}
				</Typography>
				<Typography variant="body2" component="div">
					<References field={fieldOf('parent_id')} value={data.map(({ id }) => id)} />
				</Typography>
			</Box>
		)
	);
}

export default function Profile() {
	const company = useRecordContext()!;
	const profiles = useResource('company_profiles')!;
	const { data } = useGetOne('company_profiles', { id: company.id });
	return (
		data && (
			<ResourceContextProvider value="company_profiles">
				<RecordContextProvider value={data}>
					<InlineEditing resource={profiles}>
						<Facts resource={profiles} title="resources.company_profiles.name">
							<Children of={company.id} />
						</Facts>
					</InlineEditing>
				</RecordContextProvider>
			</ResourceContextProvider>
		)
	);
}
