// Forms for the organization's websites, and the HTML that shows a form.
import { useState } from 'react';
import FormIcon from '@mui/icons-material/DynamicFormOutlined';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useGetList, useLocale, useTranslate, type RaRecord } from 'ra-core';
import example from '../../../examples/lead-form.html?raw';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { locales } from '../i18n/i18n';
import { labelOf } from '../i18n/refusals';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { Secret } from '../ui/Secret';

interface Form {
	id: string;
	name: string;
	key: string;
	enabled: boolean;
	origins: string[];
	fields: string[];
	required: string[];
	consent: string | null;
	confirm: boolean;
	duplicates: string;
	tags: (string | number)[];
	language: string;
	last_request: string | null;
}

const PATH = '/api/forms';
interface Custom extends RaRecord<number> {
	key: string;
	kind: string;
	label: string;
	labels: Record<string, string>;
	is_unique: boolean;
	formula: string | null;
}

// Returns whether forms can contain a custom field. A refused unique value would reveal which values are stored.
const isOpen = ({ kind, is_unique, formula }: Custom) =>
	!is_unique && !formula && !['time', 'file', 'person', 'relation', 'relations', 'rollup'].includes(kind);

const FIELDS = [
	'first_name',
	'last_name',
	'email',
	'phone',
	'title',
	'company',
	'linkedin_url',
	'background',
	'message',
];
const USUAL = ['first_name', 'last_name', 'email', 'message'];

/** Returns the example HTML with the address of a form. */
const htmlOf = ({ key, language }: Form) =>
	example
		.replace('https://crm.example.org/api/submissions/publishable_KEY', `${location.origin}/api/submissions/${key}`)
		.replace('<html lang="en">', `<html lang="${language}">`);

const listed = (text: string) => text.split(/[\s,]+/).filter(Boolean);

/** Returns the request body for the input in the dialog. */
const bodyOf = ({ name, origins, fields, required, consent, confirm, duplicates, tags, language }: Answers) => ({
	name,
	origins: listed(origins!),
	fields: listed(fields!),
	required: listed(required!),
	consent: consent!.trim() || null,
	confirm: confirm === 'on',
	duplicates,
	...(tags !== undefined && { tags: listed(tags) }),
	language,
});

export default function Forms() {
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const { ago } = useFormats();
	const forms = useQuery({ queryKey: ['forms'], queryFn: () => ask<Form[]>(PATH) });
	const [asking, setAsking] = useState<'new' | { change: Form } | { html: Form } | { remove: Form }>();
	const { data: tags = [] } = useGetList<RaRecord<number> & { name: string }>('tags', {
		pagination: { page: 1, perPage: 1000 },
		sort: { field: 'name', order: 'ASC' },
	});
	const locale = useLocale();
	const { data: defined = [] } = useGetList<Custom>('field_definitions', {
		filter: { resource: 'contacts' },
		pagination: { page: 1, perPage: 200 },
		sort: { field: 'position', order: 'ASC' },
	});
	const customs = Object.fromEntries(
		defined.filter(isOpen).map(({ key, label, labels }) => [`custom.${key}`, labels[locale] ?? label]),
	);
	const [busy, act] = useAct();
	const close = () => setAsking(undefined);
	const after = async () => {
		close();
		await forms.refetch();
	};
	const change = (form: Form, body: object) => tell(`${PATH}/${form.id}`, body, 'PATCH');
	const label = (name: string) =>
		customs[name] ??
		(['message', 'company', 'phone'].includes(name)
			? translate(`organization.form.${name}`)
			: labelOf('contacts', name));
	// A custom field may have been deleted after the form was saved.
	const isKnown = (name: string) => FIELDS.includes(name) || name in customs;
	const choice = (name: 'fields' | 'required', chosen: string[]) => (
		<Ask
			name={name}
			select
			required={name === 'fields'}
			defaultValue={chosen}
			label={translate(`organization.form.${name}`)}
			slotProps={{ select: { multiple: true, SelectDisplayProps: { style: { whiteSpace: 'normal' } } } }}
		>
			{[...FIELDS, ...Object.keys(customs)].map((field) => (
				<MenuItem key={field} value={field}>
					{label(field)}
				</MenuItem>
			))}
		</Ask>
	);
	const inputs = (form?: Form) => (
		<>
			<Ask
				name="name"
				autoFocus
				defaultValue={form?.name}
				label={translate('profile.called')}
				slotProps={{ htmlInput: { maxLength: 32 } }}
			/>
			<Ask
				name="origins"
				multiline
				defaultValue={form?.origins.join('\n')}
				label={translate('organization.form.origins')}
				helperText={translate('organization.form.origins_help')}
			/>
			{choice('fields', form?.fields.filter(isKnown) ?? USUAL)}
			{choice('required', form?.required.filter(isKnown) ?? ['email'])}
			<Ask
				name="consent"
				multiline
				required={false}
				defaultValue={form?.consent}
				label={translate('organization.form.consent')}
				helperText={translate('organization.form.consent_help')}
			/>
			<FormControlLabel
				label={translate('organization.form.confirm')}
				control={<Checkbox name="confirm" defaultChecked={form?.confirm} />}
			/>
			<Ask
				name="duplicates"
				select
				defaultValue={form?.duplicates ?? 'keep'}
				label={translate('organization.form.duplicates')}
			>
				{['keep', 'update', 'create'].map((one) => (
					<MenuItem key={one} value={one}>
						{translate(`organization.form.${one}`)}
					</MenuItem>
				))}
			</Ask>
			{tags.length > 0 && (
				<Ask
					name="tags"
					select
					required={false}
					defaultValue={form?.tags.map(String) ?? []}
					label={translate('organization.form.tags')}
					slotProps={{ select: { multiple: true } }}
				>
					{tags.map(({ id, name }) => (
						<MenuItem key={id} value={`${id}`}>
							{name}
						</MenuItem>
					))}
				</Ask>
			)}
			<Ask
				name="language"
				select
				defaultValue={form?.language ?? document.documentElement.lang}
				label={translate('organization.form.language')}
			>
				{locales.map(({ locale, name }) => (
					<MenuItem key={locale} value={locale}>
						{name}
					</MenuItem>
				))}
			</Ask>
		</>
	);
	return (
		<>
			<Panel
				title={translate('organization.parts.forms')}
				lead={translate('organization.forms_help')}
				action={
					<Button variant="outlined" onClick={() => setAsking('new')}>
						{translate('organization.form_make')}
					</Button>
				}
			>
				<QueryResult query={forms} empty={translate('organization.no_forms')}>
					{(all) => (
						<Lines>
							{all.map((form) => (
								<Line
									key={form.id}
									icon={<FormIcon color="action" />}
									title={form.name}
									note={[
										form.origins.join(', '),
										form.last_request
											? translate('profile.used', { when: ago(form.last_request) })
											: translate('profile.unused'),
									].join(' · ')}
									action={
										<>
											<Switch
												checked={form.enabled}
												disabled={busy}
												onChange={(_, enabled) =>
													act(() => change(form, { enabled }).then(after))
												}
												slotProps={{
													input: {
														'aria-label': `${translate('profile.enabled')}: ${form.name}`,
													},
												}}
											/>
											<Deed
												does="organization.form.html"
												of={form.name}
												onClick={() => setAsking({ html: form })}
											/>
											<Deed
												does="ra.action.edit"
												of={form.name}
												onClick={() => setAsking({ change: form })}
											/>
											<Deed
												does="ra.action.delete"
												of={form.name}
												color="error"
												onClick={() => setAsking({ remove: form })}
											/>
										</>
									}
								/>
							))}
						</Lines>
					)}
				</QueryResult>
			</Panel>
			{asking === 'new' && (
				<FormDialog
					title={translate('organization.form_make')}
					action={translate('profile.make')}
					close={close}
					submit={async (answers) => {
						const made = await tell<Form>(PATH, bodyOf(answers));
						await after();
						setAsking({ html: made });
					}}
				>
					{inputs()}
				</FormDialog>
			)}
			{typeof asking === 'object' && 'change' in asking && (
				<FormDialog
					title={asking.change.name}
					action={translate('ra.action.save')}
					close={close}
					submit={(answers) => change(asking.change, bodyOf(answers)).then(after)}
				>
					{inputs(asking.change)}
				</FormDialog>
			)}
			{typeof asking === 'object' && 'html' in asking && (
				<FormDialog
					title={translate('organization.form.html_of', { name: asking.html.name })}
					lead={translate('organization.form.html_help')}
					close={close}
				>
					<Secret text={htmlOf(asking.html)} label={translate('organization.form.html')} />
				</FormDialog>
			)}
			{typeof asking === 'object' && 'remove' in asking && (
				<FormDialog
					danger
					title={translate('profile.key_remove', { name: asking.remove.name })}
					lead={translate('organization.form.remove_help')}
					action={translate('ra.action.delete')}
					close={close}
					submit={() => tell(`${PATH}/${asking.remove.id}`, undefined, 'DELETE').then(after)}
				/>
			)}
		</>
	);
}
