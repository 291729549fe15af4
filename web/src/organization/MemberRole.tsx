// The input for the roles of a member: one role from a list, or several roles in a dialog.
import { useState } from 'react';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { HttpError, useTranslate } from 'ra-core';
import { FormDialog } from '../ui/FormDialog';
import { useRole, useRoles } from './roles';

const SEVERAL = '';

function Several({
	name,
	role,
	change,
	close,
}: {
	name: string;
	role: string;
	change: (role: string) => Promise<unknown>;
	close: () => void;
}) {
	const translate = useTranslate();
	const called = useRole();
	const all = useRoles();
	const [chosen, setChosen] = useState(role.split(','));
	return (
		<FormDialog
			title={translate('organization.roles_of', { name })}
			lead={translate('organization.roles_help')}
			action={translate('ra.action.save')}
			close={close}
			submit={async () => {
				if (chosen.length === 0) throw new HttpError(translate('organization.roles_none'), 422);
				close();
				await change(chosen.join(','));
			}}
		>
			<FormGroup>
				{[...new Set([...all, ...chosen])].map((one) => (
					<FormControlLabel
						key={one}
						label={called(one)}
						control={
							<Checkbox
								checked={chosen.includes(one)}
								onChange={(_, on) =>
									setChosen(on ? [...chosen, one] : chosen.filter((other) => other !== one))
								}
							/>
						}
					/>
				))}
			</FormGroup>
		</FormDialog>
	);
}

export function MemberRole({
	id,
	name,
	role,
	disabled,
	change,
}: {
	id: string;
	name: string;
	role: string;
	disabled: boolean;
	change: (role: string) => Promise<unknown>;
}) {
	const translate = useTranslate();
	const called = useRole();
	const all = useRoles();
	const [several, setSeveral] = useState(false);
	return (
		<>
			<TextField
				select
				id={`role-${id}`}
				value={role}
				disabled={disabled}
				sx={{ width: { xs: 160, md: 210 } }}
				onChange={({ target }) => (target.value === SEVERAL ? setSeveral(true) : change(target.value))}
				slotProps={{
					select: { SelectDisplayProps: { 'aria-label': `${translate('organization.role')}: ${name}` } },
				}}
			>
				{[...new Set([...all, role])].map((one) => (
					<MenuItem key={one} value={one}>
						{called(one)}
					</MenuItem>
				))}
				<MenuItem value={SEVERAL}>{translate('organization.roles_several')}</MenuItem>
			</TextField>
			{several && <Several {...{ name, role, change }} close={() => setSeveral(false)} />}
		</>
	);
}
