import { useId, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Typography from '@mui/material/Typography';
import { useRecordContext, useTranslate, useTranslateLabel } from 'ra-core';
import { Editable, useEditable } from './inline';
import { Cell } from './kinds';
import { fieldOf, type Noun } from './noun';
import { useFields } from './nouns';
import { empty } from './values';

/** The facts of the current record, edited in place below InlineEditing. */
export function Facts({ noun, title = 'app.about', children }: { noun: Noun; title?: string; children?: ReactNode }) {
	const id = useId();
	const translate = useTranslate();
	const label = useTranslateLabel();
	const row = useRecordContext()!;
	const { readable } = useFields(noun);
	const editable = useEditable();
	return (
		<Card component="section" aria-labelledby={id} sx={{ p: 2 }}>
			<Typography id={id} variant="h5" component="h2" gutterBottom>{translate(title, { smart_count: 1 })}</Typography>
			<Box component="dl" data-fields sx={{ m: 0 }}>
				{readable(noun.page!.facts).filter((name) => (noun.fields[name]?.of?.(row) ?? true) && (!empty(row[name]) || editable(name))).map((name) => (
					<Box key={name} sx={{ display: 'grid', gridTemplateColumns: '104px minmax(0, 1fr)', gap: 1.5, py: 0.5, alignItems: 'baseline' }}>
						<Typography component="dt" variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
							{label({ resource: noun.name, source: name })}
						</Typography>
						<Typography component="dd" variant="body2" sx={{ m: 0, overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>
							<Editable name={name}>{empty(row[name]) ? '–' : <Cell field={fieldOf(noun, name)} row={row} />}</Editable>
						</Typography>
					</Box>
				))}
			</Box>
			{children}
		</Card>
	);
}
