import { useState, type ReactNode } from 'react';
import { SaveButton, SimpleForm, Toolbar, type SimpleFormProps } from 'react-admin';
import { OtherErrors } from '../ui/OtherErrors';

/** A form with a save button and no delete button. */
export function EditForm({ children, defaultValues, ...props }: SimpleFormProps & { children: ReactNode }) {
	// The first default values are kept: new values, from a clock or a reloaded list, would replace the user's input.
	const [began] = useState(() => defaultValues);
	return (
		<SimpleForm
			warnWhenUnsavedChanges
			defaultValues={began}
			toolbar={
				<Toolbar>
					<SaveButton />
				</Toolbar>
			}
			{...props}
		>
			{children}
			<OtherErrors />
		</SimpleForm>
	);
}
