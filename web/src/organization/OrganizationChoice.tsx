import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { QueryResult } from '../ui/QueryResult';
import { Form } from '../auth/Form';
import { WorkButton } from '../auth/WorkButton';
import { enter, make, organizationsQuery } from './queries';

/** Shown to a signed-in user without an accessible organization. */
export function OrganizationChoice() {
	const translate = useTranslate();
	const query = useQuery(organizationsQuery);
	return (
		<Stack spacing={2} sx={{ mb: 2 }}>
			<QueryResult query={query}>
				{(all) => {
					const open = all.filter(({ suspended }) => !suspended);
					return (
						<>
							<Typography color="textSecondary">
								{translate(open.length ? 'organization.other' : 'organization.none_help')}
							</Typography>
							{open.map(({ id, name }) => (
								<WorkButton key={id} variant="outlined" work={() => enter(id)}>
									{name}
								</WorkButton>
							))}
						</>
					);
				}}
			</QueryResult>
			<Form action={translate('organization.create')} submit={({ name = '' }) => make(name)}>
				<TextField id="name" name="name" required size="medium" label={translate('organization.name')} />
			</Form>
		</Stack>
	);
}
