import { useId, useState, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import Typography from '@mui/material/Typography';
import { useRecordContext, useTranslate } from 'ra-core';
import { AddField } from './AddField';
import { Editable, useEditable } from './inline';
import { TOUCH } from '../ui/theme';
import { Cell } from './fields';
import { useLabel } from './label';
import { fieldOf, type Completed } from './resource';
import { useFields } from './resources';
import { empty } from './values';

// On touch screens, leaves space for the button beside the value.
const touched = {
	'& [data-editable]': { pr: 6, py: 1.25, minHeight: 44 },
	'& dd:not(:has([data-editable])):has(.link)': { py: 1 },
	'& [data-edit]': { width: 44, height: 44, alignItems: 'center', justifyContent: 'center' },
};

/** The facts of the current record. Inside InlineEditing, they can be edited in place. */
export function Facts({
	resource,
	title = 'i18n.about',
	children,
}: {
	resource: Completed;
	title?: string;
	children?: ReactNode;
}) {
	const id = useId();
	const translate = useTranslate();
	const label = useLabel();
	const row = useRecordContext()!;
	const { readable } = useFields(resource);
	const editable = useEditable();
	const [all, setAll] = useState(false);
	const names = readable(resource.page!.facts).filter(
		(name) => (resource.fields[name]?.of?.(row) ?? true) && (!empty(row[name]) || editable(name)),
	);
	const hidden = names.filter((name) => empty(row[name])).length;
	const hides = !all && hidden > 1;
	return (
		<Card component="section" aria-labelledby={id} sx={{ p: 2 }}>
			<Typography id={id} variant="h5" component="h2" gutterBottom>
				{translate(title, { smart_count: 1 })}
			</Typography>
			<Box component="dl" data-fields sx={{ m: 0, [TOUCH]: touched }}>
				{names
					.filter((name) => !hides || !empty(row[name]))
					.map((name) => (
						<Box
							key={name}
							sx={{
								display: 'grid',
								gridTemplateColumns: '116px minmax(0, 1fr)',
								gap: 1.5,
								py: 0.5,
								minHeight: 31,
								alignItems: 'baseline',
							}}
						>
							<Typography
								component="dt"
								variant="body2"
								color="textSecondary"
								sx={{ overflowWrap: 'anywhere' }}
							>
								{label({ resource: resource.name, source: name })}
							</Typography>
							<Typography
								component="dd"
								variant="body2"
								sx={{ m: 0, overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}
							>
								<Editable name={name}>
									{empty(row[name]) ? '–' : <Cell field={fieldOf(resource, name)} row={row} />}
								</Editable>
							</Typography>
						</Box>
					))}
			</Box>
			{hides && (
				<Button size="small" color="inherit" onClick={() => setAll(true)} sx={{ ml: '-5px' }}>
					{translate('i18n.empty_fields', hidden)}
				</Button>
			)}
			<AddField resource={resource} />
			{children}
		</Card>
	);
}
