import type { ReactNode } from 'react';
import { SaveButton, SimpleForm, Toolbar, type SimpleFormProps } from 'react-admin';

/** A form with a button to save it; deleting is no matter of a form. */
export function EditForm({ children, ...props }: SimpleFormProps & { children: ReactNode }) {
	return (
		<SimpleForm warnWhenUnsavedChanges toolbar={<Toolbar><SaveButton /></Toolbar>} {...props}>
			{children}
		</SimpleForm>
	);
}
