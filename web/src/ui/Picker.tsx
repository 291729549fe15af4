// An input that finds records by name. It never selects a result for an earlier text: the keys that select a record,
// and the form's submit, wait for the response.
import {
	useEffect,
	useEffectEvent,
	useRef,
	useState,
	type FocusEvent,
	type KeyboardEvent,
	type ReactNode,
} from 'react';
import Autocomplete from '@mui/material/Autocomplete';
import TextField, { type TextFieldProps } from '@mui/material/TextField';
import { InputHelperText } from 'react-admin';
import {
	FieldTitle,
	useGetList,
	useGetManyAggregate,
	useInput,
	useResourceContext,
	useTranslate,
	type InputProps,
	type RaRecord,
} from 'ra-core';
import { isFresh, parted, type Fresh } from '../data/fresh';
import { byRank, rank } from './match';
import { useSettled } from './settled';

const MOST = 25; // maximum number of records in the list

type Option = RaRecord | Fresh;

export interface PickerProps
	extends InputProps, Pick<TextFieldProps, 'margin' | 'size' | 'variant' | 'autoFocus' | 'sx'> {
	helperText?: ReactNode;
}

interface Search {
	reference: string;
	nameOf: (row: RaRecord) => string;
	/** The filter that finds a text, additional filters, and the order. */
	find: (words: string) => object;
	filter?: object;
	sort: { field: string; order: 'ASC' | 'DESC' };
	/** Returns a new record with this name, if records can be created. */
	fresh?: (name: string) => Fresh;
	multiple?: boolean;
}

const keyOf = (one: Option) => (isFresh(one) ? `new ${one.data.name}` : one.id);
const valueOf = (one: Option) => (isFresh(one) ? one : one.id);

/**
 * Returns the records that match a text, best first, and a new record last. `best` is the record that the keys
 * select.
 */
function useFound(words: string, { reference, nameOf, find, filter, sort, fresh }: Search, on: boolean, now: boolean) {
	const settled = useSettled(words);
	const text = now ? words : settled;
	const { data, error, isFetching } = useGetList<RaRecord>(
		reference,
		{ filter: { ...filter, ...find(text) }, sort, pagination: { page: 1, perPage: MOST } },
		{ enabled: on },
	);
	// A cached empty result may be outdated, so it counts only after the request has finished.
	const known = data !== undefined && (data.length > 0 || !isFetching);
	const found = text === words && (known || error !== null);
	const rows = !found || !data ? [] : words ? byRank(data, nameOf, words) : data;
	const first = rows[0] && rank(nameOf(rows[0]), words);
	const made = found && !error && words && first !== 0 && fresh ? [fresh(words)] : [];
	const options: Option[] = [...rows, ...made];
	// Offering a new record takes precedence over a record that was found by data other than its name.
	const best = words && first === 3 ? (made[0] ?? rows[0]) : options[0];
	return { found, options, best, problem: found ? error : null };
}

/** Returns the selected options: the records and the new records in the value of the field. */
function useChosen(value: unknown, reference: string): Option[] {
	const { ids, fresh } = parted(value);
	const { data = [] } = useGetManyAggregate<RaRecord>(reference, { ids }, { enabled: ids.length > 0 });
	return [...ids.map((id) => data.find((row) => row?.id === id) ?? { id }), ...fresh];
}

/** Delays the form's submission while the field `waits`, and repeats it afterwards. */
function useHeldSubmit(box: { current: HTMLElement | null }, waits: boolean, onHold: () => void) {
	const held = useRef<HTMLElement | null | undefined>(undefined);
	const holds = useEffectEvent((event: SubmitEvent) => {
		event.preventDefault();
		event.stopPropagation();
		held.current = event.submitter;
		onHold();
	});
	useEffect(() => {
		const form = box.current?.closest('form');
		if (!waits) {
			if (held.current !== undefined) form?.requestSubmit(held.current);
			held.current = undefined;
			return undefined;
		}
		const hold = (event: SubmitEvent) => holds(event);
		form?.addEventListener('submit', hold);
		return () => form?.removeEventListener('submit', hold);
	}, [box, waits]);
	return () => {
		held.current = undefined;
	};
}

export function Picker({
	label,
	helperText,
	margin,
	size,
	variant,
	autoFocus,
	sx,
	reference,
	nameOf,
	find,
	filter,
	sort,
	fresh,
	multiple = false,
	...props
}: PickerProps & Search) {
	const translate = useTranslate();
	const resource = useResourceContext(props);
	const { id, field, fieldState, isRequired } = useInput(props);
	const chosen = useChosen(field.value, reference);
	const [open, setOpen] = useState(false);
	const [typed, setTyped] = useState<string>(); // undefined: the field shows its value
	const [seeking, setSeeking] = useState(false); // the best match is selected as soon as it is known
	const [missed, setMissed] = useState<string>();
	const marked = useRef<Option | null>(null); // the option that the arrow keys or the pointer marked
	const box = useRef<HTMLDivElement>(null);
	const words = typed?.trim() ?? '';
	const search = { reference, nameOf, find, filter, sort, fresh };
	const { found, options, best, problem } = useFound(words, search, open || seeking, seeking);
	const seek = () => setSeeking(true);
	const release = useHeldSubmit(box, words !== '', seek);
	const named = (one: Option): string =>
		isFresh(one) ? translate('i18n.picker.fresh', { name: one.data.name }) : (nameOf(one) ?? '');
	const type = (text: string | undefined) => {
		setTyped(text);
		setSeeking(false);
		setMissed(undefined);
		marked.current = null;
	};
	const put = (all: Option[]) => {
		field.onChange(multiple ? all.map(valueOf) : all[0] ? valueOf(all[0]) : null);
		type(undefined);
	};
	const add = (one: Option) => {
		put(multiple ? [...chosen.filter((other) => keyOf(other) !== keyOf(one)), one] : [one]);
		setOpen(false);
	};
	const onFound = useEffectEvent(() => {
		const one = marked.current ?? best;
		if (one) return add(one);
		release();
		setSeeking(false);
		setMissed(problem?.message ?? translate('i18n.picker.missed', { text: words }));
	});
	useEffect(() => {
		if (seeking && found) onFound();
	}, [seeking, found]);
	const onKeyDown = (event: KeyboardEvent & { defaultMuiPrevented?: boolean }) => {
		if (event.key !== 'Enter' || !words || event.nativeEvent.isComposing || (found && marked.current)) return;
		event.preventDefault();
		event.defaultMuiPrevented = true;
		seek();
	};
	const onBlur = (event: FocusEvent<HTMLElement>) => {
		if (event.currentTarget.contains(event.relatedTarget)) return;
		field.onBlur();
		if (words) seek();
		else type(undefined);
	};
	// An empty list would only cover the help text.
	const none = found && options.length === 0;
	const said =
		missed ??
		(open && none && words ? translate('i18n.picker.missed', { text: words }) : fieldState.error?.message);
	const value = multiple ? chosen : (chosen[0] ?? null);
	return (
		<Autocomplete
			ref={box}
			id={id}
			sx={sx}
			multiple={multiple}
			value={value}
			inputValue={typed ?? (!multiple && chosen[0] ? named(chosen[0]) : '')}
			options={options}
			open={open && !none}
			onOpen={() => setOpen(true)}
			onClose={() => setOpen(false)}
			openOnFocus
			selectOnFocus
			clearOnBlur={false}
			filterSelectedOptions={multiple}
			autoHighlight={Boolean(words) && best === options[0]}
			loading={!found}
			filterOptions={(all) => all}
			getOptionKey={keyOf}
			getOptionLabel={named}
			isOptionEqualToValue={(one, other) => keyOf(one) === keyOf(other)}
			onHighlightChange={(_, one) => {
				marked.current = one;
			}}
			onInputChange={(_, text, why) => {
				if (why !== 'input') return;
				release();
				type(text);
			}}
			onChange={(_, now, why, details) => {
				if (why === 'selectOption') add(details!.option);
				else put([now ?? []].flat());
			}}
			onKeyDown={onKeyDown}
			onBlur={onBlur}
			renderOption={({ key, ...item }, one) => (
				<li key={keyOf(one)} {...item}>
					{isFresh(one) ? translate('i18n.picker.create', { name: one.data.name }) : named(one) || '–'}
				</li>
			)}
			renderInput={(params) => (
				<TextField
					{...params}
					name={field.name}
					inputRef={field.ref}
					autoFocus={autoFocus}
					label={
						label !== '' &&
						label !== false && (
							<FieldTitle
								label={label}
								source={props.source}
								resource={resource}
								isRequired={isRequired}
							/>
						)
					}
					error={fieldState.invalid || missed !== undefined}
					helperText={
						(helperText !== false || said || (open && none)) && (
							<InputHelperText
								error={said}
								helperText={open && none ? translate('i18n.picker.none') : helperText}
							/>
						)
					}
					margin={margin}
					size={size}
					variant={variant}
				/>
			)}
		/>
	);
}
