// An input that selects a principal. Another company can be made a principal here.
import { useEffect, useRef, useState } from 'react';
import Box from '@mui/material/Box';
import Button, { type ButtonProps } from '@mui/material/Button';
import { useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useTranslate, type RaRecord } from 'ra-core';
import { useFormContext, useWatch } from 'react-hook-form';
import { FormDialog } from '../ui/FormDialog';
import { mayField, useMay } from '../data/permissions';
import { RowChoice } from '../records/RowChoice';
import { RowInput } from '../records/RowInput';
import { useMe } from '../data/session';

type Company = RaRecord<number> & { name: string };

const texts = (key: string) => `resources.company_profiles.fields.${key}`;

function Another({ choose, close }: { choose?: ((company: Company) => void) | undefined; close: () => void }) {
	const translate = useTranslate();
	const queries = useQueryClient();
	const provider = useDataProvider();
	const [company, setCompany] = useState<Company | null>(null);
	const save = async () => {
		const { id } = company!;
		await provider.update('company_profiles', { id, data: { is_principal: true }, previousData: { id } });
		await queries.invalidateQueries({ queryKey: ['company_profiles'] });
		choose?.(company!);
		close();
	};
	return (
		<FormDialog
			title={translate(texts('another_principal'))}
			lead={translate(texts('another_principal_help'))}
			action={translate('ra.action.save')}
			submit={save}
			close={close}
		>
			<RowChoice<Company>
				autoFocus
				among="companies"
				label={translate('resources.companies.name', { smart_count: 1 })}
				value={company}
				choose={setCompany}
			/>
		</FormDialog>
	);
}

/** A button that makes a company a principal, for users with the permission. */
export function PrincipalButton({ choose, ...look }: { choose?: (company: Company) => void } & ButtonProps) {
	const me = useMe();
	const translate = useTranslate();
	const [asks, setAsks] = useState(false);
	const makes = useMay('company_profiles', 'update') && mayField(me, 'company_profiles', 'is_principal', 'update');
	return (
		makes && (
			<>
				<Button {...look} aria-haspopup="dialog" onClick={() => setAsks(true)}>
					{translate(texts('another_principal'))}
				</Button>
				{asks && <Another choose={choose} close={() => setAsks(false)} />}
			</>
		)
	);
}

// Moves the focus to the next field of the form.
function focusAfter(part: HTMLElement) {
	const fields = part.closest('form')?.querySelectorAll<HTMLElement>('input:not([type=hidden]), textarea') ?? [];
	[...fields]
		.find((one) => !part.contains(one) && part.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)
		?.focus();
}

// A user who cannot read profiles can select any company, and the server refuses those that are not principals.
export function PrincipalInput(props: { source: string }) {
	const me = useMe();
	const { setValue } = useFormContext();
	const chosen = useWatch<Record<string, unknown>>({ name: props.source });
	const [made, setMade] = useState<number>();
	const [focused, setFocused] = useState(false);
	const box = useRef<HTMLElement>(null);
	useEffect(() => {
		if (made !== undefined) focusAfter(box.current!);
	}, [made]);
	const known = useMay('company_profiles', 'read') && mayField(me, 'company_profiles', 'is_principal', 'read');
	if (!known) return <RowInput reference="companies" {...props} />;
	return (
		<Box ref={box}>
			{/* The new input does not contain the text that found no principal. */}
			<RowInput
				key={made}
				reference="company_profiles"
				filter={{ is_principal: true }}
				{...props}
				{...(made !== undefined && { autoFocus: false })}
			/>
			{/* Once a principal is selected, Tab leads to the next field. The focus is not lost while it is here. */}
			{(!chosen || focused) && (
				<PrincipalButton
					size="small"
					sx={{ mt: -1, mb: 1 }}
					onFocus={() => setFocused(true)}
					onBlur={() => setFocused(false)}
					choose={({ id }) => {
						setValue(props.source, id, { shouldDirty: true, shouldValidate: true });
						setMade(id);
					}}
				/>
			)}
		</Box>
	);
}
