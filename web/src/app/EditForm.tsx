import { useState, type ReactNode } from 'react';
import { SaveButton, SimpleForm, Toolbar, type SimpleFormProps } from 'react-admin';

/** A form with a button to save it; deleting is no matter of a form. */
export function EditForm({ children, defaultValues, ...props }: SimpleFormProps & { children: ReactNode }) {
	// Others, from a clock that went on or a list that was read again, would be put in
	// place of all that was typed.
	const [began] = useState(() => defaultValues);
	return (
		<SimpleForm warnWhenUnsavedChanges defaultValues={began} toolbar={<Toolbar><SaveButton /></Toolbar>} {...props}>
			{children}
		</SimpleForm>
	);
}
