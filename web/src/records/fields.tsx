// For each kind of value, the cell that shows it and the input in which it is entered.
import { Fragment, useEffect, useRef, type ComponentType, type ReactNode } from 'react';
import Add from '@mui/icons-material/Add';
import Button from '@mui/material/Button';
import InputAdornment from '@mui/material/InputAdornment';
import {
	ArrayInput,
	BooleanInput,
	DateInput,
	DateTimeInput,
	NumberInput,
	SelectArrayInput,
	SelectInput,
	SimpleFormIterator,
	TextArrayInput,
	TextInput,
} from 'react-admin';
import {
	email,
	minValue,
	required,
	useRecordContext,
	useSimpleFormIterator,
	useTranslate,
	type Validator,
} from 'ra-core';
import { useWatch } from 'react-hook-form';
import { useConfiguration } from '../data/configuration';
import { dayBounds } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { safeLink } from '../ui/link';
import { PageLink } from '../ui/PageLink';
import { decimalInput, isDecimal } from '../ui/decimals';
import { AddressCell, AddressInput } from './address';
import { FileCell, FileInput } from './file';
import type { Field, Kind, Shown } from './resource';
import { ColleagueInput, nameOf, RowInput, RowsInput } from './RowInput';
import { RowsOf } from './RowsOf';
import { usePageOf } from './usePageOf';
import { empty } from './values';

type Entry = ComponentType<{ field: Field; source: string } & Record<string, unknown>>;

// Returns the choices, and the record's value if it is not one of the choices.
function useChoices({ name, choices }: Field) {
	const translate = useTranslate();
	const configuration = useConfiguration();
	const known = choices?.(configuration, translate) ?? [];
	const value = useRecordContext()?.[name];
	return value == null || Array.isArray(value) || known.some((one) => one.value === value)
		? known
		: [...known, { value, label: String(value) }];
}

function Web({ address }: { address: string }) {
	const href = safeLink(address);
	return href ? (
		<a className="link" href={href} target="_blank" rel="noreferrer">
			{address.replace(/^https?:\/\//, '')}
		</a>
	) : (
		address
	);
}

/** Returns the tel: address that calls a number. */
export const telephone = (number: string) => `tel:${number.replace(/[^+\d]/g, '')}`;

const Phone = ({ number }: { number: string }) => (
	<a className="link" href={telephone(number)}>
		{number}
	</a>
);

// A long email address is preferably wrapped before its "@".
const breakable = (address?: string) =>
	address?.split(/(?=@)/).map((part, n) => (
		<Fragment key={n}>
			{n > 0 && <wbr />}
			{part}
		</Fragment>
	));

// Email addresses or phone numbers below each other, each with its type.
function Lines({ value, member, table }: { value: any[]; member: 'email' | 'number'; table?: boolean | undefined }) {
	const translate = useTranslate();
	return value.map((line, n) => (
		<span key={n} className="value">
			{member === 'email' ? (
				<a className="link" href={`mailto:${encodeURIComponent(line.email)}`}>
					{table ? line.email : breakable(line.email)}
				</a>
			) : (
				<Phone number={line.number} />
			)}{' '}
			<span className="type">{line.type && translate(`contacts.kinds.${line.type}`, { _: line.type })}</span>
		</span>
	));
}

/** The names of the records to which a value refers, with links to their pages. */
export function References({ field, value }: Pick<Shown, 'field' | 'value'>) {
	const pageOf = usePageOf();
	const reference = field.reference!;
	return (
		<RowsOf reference={reference} ids={[value].flat()}>
			{(rows) =>
				rows.map((row, n) => {
					const path = pageOf({ resource: reference, id: row.id as number });
					return (
						<span key={row.id}>
							{n > 0 && ', '}
							{path ? (
								<PageLink className="link" to={path}>
									{nameOf(reference, row) || '–'}
								</PageLink>
							) : (
								nameOf(reference, row)
							)}
						</span>
					);
				})
			}
		</RowsOf>
	);
}

/** Returns whether the value of a formula is an error, as in "#division_by_zero". */
const isError = (value: unknown): value is string => typeof value === 'string' && value.startsWith('#');

/** Returns a cell component that shows the value, or the error of a formula. */
const formatted = (format: (formats: ReturnType<typeof useFormats>, value: never, field: Field) => string) =>
	function Formatted({ field, value }: Shown) {
		const translate = useTranslate();
		const formats = useFormats();
		return isError(value)
			? translate(`customFields.errors.${value.slice(1)}`, { _: value })
			: format(formats, value as never, field);
	};

function YesNo({ value }: Shown) {
	const translate = useTranslate();
	return isError(value) ? value : translate(`ra.boolean.${Boolean(value)}`);
}

function SeveralChosen({ field, value }: Shown) {
	const choices = useChoices(field);
	return [value]
		.flat()
		.map((one) => choices.find((choice) => choice.value === one)?.label ?? String(one))
		.join(', ');
}

function Chosen({ field, value }: Shown) {
	return useChoices(field).find((one) => one.value === value)?.label ?? String(value);
}

/** Returns whether the cells of a field use RowsOf with its reference. */
export const reads = ({ reference, Cell, kind, reads: own }: Field) =>
	Boolean(reference) && (own ?? (!Cell && cells[kind] === References));

const cells: Partial<Record<Kind, ComponentType<Shown>>> = {
	number: formatted(({ count }, value) => count(value)),
	money: formatted(({ money }, value, { input }) => money(value, input?.currency as string | undefined)),
	date: formatted(({ date }, value) => date(value)),
	time: formatted(({ dateTime }, value) => dateTime(value)),
	boolean: YesNo,
	choice: Chosen,
	choices: SeveralChosen,
	reference: References,
	references: References,
	emails: ({ value, table }) => <Lines value={value} member="email" table={table} />,
	phones: ({ value }) => <Lines value={value} member="number" />,
	phone: ({ value }) => <Phone number={value} />,
	url: ({ value }) => <Web address={value} />,
	address: AddressCell,
	file: FileCell,
	urls: ({ value }) =>
		value.map((one: string) => (
			<span key={one} className="value">
				<Web address={one} />
			</span>
		)),
	json: ({ value }) => JSON.stringify(value),
};

/** The value of a record's field. Renders nothing if the value is empty or the record lacks the field. */
export function Cell({ field, row, table }: Omit<Shown, 'value'>) {
	const value = row[field.name];
	const Shows = field.Cell ?? cells[field.kind];
	const has = !empty(value) && (field.of?.(row) ?? true);
	return !has ? null : Shows ? <Shows field={field} value={value} row={row} table={table} /> : String(value);
}

const checks = ({ required: needed }: Field, ...more: Validator[]) => [
	...(needed === true ? [required()] : []),
	...more,
];
const link = (value?: string) => (value && !safeLink(value) ? 'i18n.no_link' : undefined);
const links = (values?: string[]) => values?.map(link).find(Boolean);

function AddButton({ text }: { text: string }) {
	const { add } = useSimpleFormIterator();
	return (
		<Button size="small" startIcon={<Add />} onClick={() => add()}>
			{useTranslate()(text)}
		</Button>
	);
}

function Addresses({ field, member, ...props }: { field: Field; member: 'email' | 'number' } & Record<string, any>) {
	const translate = useTranslate();
	return (
		<ArrayInput {...(props as { source: string })}>
			<SimpleFormIterator
				inline
				fullWidth
				disableReordering
				disableClear
				addButton={<AddButton text={`contacts.add_${member}`} />}
			>
				<TextInput
					source={member}
					label={`resources.contacts.fields.${member}`}
					autoComplete="off"
					{...(member === 'email'
						? { type: 'email', validate: email(), ...keys('email') }
						: { type: 'tel', ...keys('tel') })}
				/>
				<SelectInput
					source="type"
					choices={['Work', 'Home', 'Other'].map((id) => ({ id, name: translate(`contacts.kinds.${id}`) }))}
					label="contacts.kind"
					defaultValue="Work"
					margin="none"
					sx={{ maxWidth: { sm: 140 } }}
				/>
			</SimpleFormIterator>
		</ArrayInput>
	);
}

// Returns the properties that set a phone's keyboard and its Enter key, which saves the form.
const keys = (inputMode: 'text' | 'email' | 'tel' | 'url' | 'decimal') => ({
	slotProps: { htmlInput: { inputMode, enterKeyHint: 'done' as const } },
});

// The browser fits the height to the text. MUI's textarea measures the page when it appears, and for each text.
const growing = { '& textarea': { fieldSizing: 'content', minHeight: '3lh', maxHeight: '50vh' } };

const plain: Entry = ({ field, ...props }) => <TextInput autoComplete="off" {...keys('text')} {...props} />;

// Sets the focus after mounting, because date inputs fail if they get the focus while they are being mounted.
function Focused({ on, children }: { on: unknown; children: ReactNode }) {
	const box = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (on) box.current?.querySelector('input')?.focus();
	}, [on]);
	return (
		<div ref={box} style={{ display: 'contents' }}>
			{children}
		</div>
	);
}

const MoneyEntry: Entry = ({ field, currency: own, ...props }) => {
	const free = 'min' in props && props.min === undefined;
	const configured = useConfiguration().currency;
	const ofRow = useWatch({ name: 'currency' }) as string | undefined;
	const currency = (own as string | undefined) || ofRow || configured;
	return (
		<NumberInput
			{...decimalInput}
			{...props}
			validate={checks(field, isDecimal, ...(free ? [] : [minValue(0)]))}
			slotProps={{
				input: { endAdornment: <InputAdornment position="end">{currency}</InputAdornment> },
				...decimalInput.slotProps,
			}}
		/>
	);
};

const ChoiceEntry: Entry = ({ field, ...props }) => {
	const choices = useChoices(field);
	return <SelectInput choices={choices} optionValue="value" optionText="label" translateChoice={false} {...props} />;
};

const ChoicesEntry: Entry = ({ field, ...props }) => {
	const choices = useChoices(field);
	return (
		<SelectArrayInput choices={choices} optionValue="value" optionText="label" translateChoice={false} {...props} />
	);
};

const inputs: Partial<Record<Kind, Entry>> = {
	longtext: ({ field, ...props }) => (
		<TextInput
			multiline
			rows={3}
			sx={growing}
			{...props}
			slotProps={{ ...(props.slotProps as object | undefined), input: { inputComponent: 'textarea' } }}
		/>
	),
	number: ({ field, ...props }) => <NumberInput {...keys('decimal')} {...props} />,
	money: MoneyEntry,
	date: ({ field, autoFocus, ...props }) => (
		<Focused on={autoFocus}>
			<DateInput {...props} />
		</Focused>
	),
	time: ({ field, autoFocus, ...props }) => (
		<Focused on={autoFocus}>
			<DateTimeInput {...props} />
		</Focused>
	),
	boolean: ({ field, ...props }) => <BooleanInput {...props} />,
	choice: ChoiceEntry,
	choices: ChoicesEntry,
	reference: ({ field, ...props }) =>
		field.reference === 'sales' ? (
			<ColleagueInput {...props} />
		) : (
			<RowInput reference={field.reference!} creates {...props} />
		),
	references: ({ field, ...props }) => <RowsInput reference={field.reference!} creates {...props} />,
	emails: (props) => <Addresses member="email" {...props} />,
	phones: (props) => <Addresses member="number" {...props} />,
	phone: ({ field, ...props }) => <TextInput type="tel" autoComplete="off" {...keys('tel')} {...props} />,
	url: ({ field, ...props }) => (
		<TextInput autoComplete="off" {...keys('url')} {...props} validate={checks(field, link)} />
	),
	address: ({ field, ...props }) => <AddressInput needed={field.required === true} {...props} />,
	file: ({ field, ...props }) => <FileInput needed={field.required === true} {...props} />,
	urls: ({ field, ...props }) => <TextArrayInput {...props} validate={checks(field, links)} />,
};

export function Input({ field, ...props }: { field: Field } & Record<string, unknown>) {
	const Enters = (field.Input as Entry | undefined) ?? inputs[field.kind] ?? plain;
	return (
		<Enters
			field={field}
			source={field.name}
			{...(field.required === true && { validate: required() })}
			{...field.input}
			{...props}
		/>
	);
}

/** Kinds whose values are lists or objects, by which the API cannot sort. */
export const unsorted: Kind[] = ['choices', 'references', 'emails', 'phones', 'urls', 'json', 'reference'];
export const numeric: Kind[] = ['number', 'money'];

// Returns the start of a day in the user's time zone.
const begin = (day?: string) => (day ? dayBounds(day)[0] : null);

const bounds = { date: {}, time: { parse: begin }, number: {}, money: {} } as Partial<Record<Kind, object>>;
const compared: Partial<Record<Kind, string>> = {
	text: '@ilike',
	longtext: '@ilike',
	url: '@ilike',
	phone: '@ilike',
	address: '@ilike',
	file: '@ilike',
	references: '@cs',
	choices: '@cs',
};

/** Returns the filters for a field: two bounds, or one comparison. */
export function filtersOf(field: Field, label: string, say: (key: string, options?: object) => string) {
	const { input, required: _, initial: __, ...optional } = field;
	const Enters = (
		field.kind === 'time'
			? inputs.date
			: ['longtext', 'address', 'file'].includes(field.kind)
				? plain
				: (inputs[field.kind] ?? plain)
	)!;
	const bound = bounds[field.kind];
	if (!bound) {
		const source = `${field.name}${compared[field.kind] ?? ''}`;
		return [
			field.reference === 'sales' ? (
				<RowInput key={source} source={source} reference="sales" label={label} />
			) : (
				<Enters
					key={source}
					field={optional}
					source={source}
					label={label}
					{...(field.reference && { creates: false })}
				/>
			),
		];
	}
	return (
		[
			['@gte', 'i18n.from'],
			['@lt', 'i18n.before'],
		] as const
	).map(([operator, text]) => (
		<Enters
			key={operator + field.name}
			field={optional as Field}
			source={field.name + operator}
			label={say(text, { field: label })}
			{...bound}
		/>
	));
}
