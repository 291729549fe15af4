import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useTranslate } from 'ra-core';
import { keys, type Import, type Key, type Plan } from './import';

function Choice({
	name,
	value,
	of,
	choose,
}: {
	name: string;
	value: string;
	of: readonly string[];
	choose: (value: string) => void;
}) {
	const translate = useTranslate();
	return (
		<TextField
			id={name}
			select
			label={translate(`imports.${name}`)}
			value={value}
			sx={{
				flex: '1 1 240px',
				minWidth: 0,
				maxWidth: { xs: '100%', sm: 320 },
				'& .MuiSelect-select': { whiteSpace: 'normal' },
			}}
			onChange={(event) => choose(event.target.value)}
		>
			{of.map((one) => (
				<MenuItem key={one} value={one}>
					{translate(`imports.${name}_of.${one}`)}
				</MenuItem>
			))}
		</TextField>
	);
}

/** Inputs that define how existing records are matched, and what happens to matches. */
export function Matching({ file, change }: { file: Import; change: (plan: Partial<Plan>) => void }) {
	const { match_by, mode, blank } = file;
	return (
		<Stack direction="row" useFlexGap sx={{ gap: 2, flexWrap: 'wrap', contain: 'inline-size' }}>
			<Choice
				name="match_by"
				value={match_by ?? 'none'}
				of={['none', ...keys(file)]}
				choose={(key) =>
					change(
						key === 'none'
							? { match_by: null, mode: 'create' }
							: { match_by: key as Key, mode: match_by ? mode : 'both' },
					)
				}
			/>
			{match_by && (
				<Choice
					name="mode"
					value={mode}
					of={['both', 'create', 'update']}
					choose={(mode) => change({ mode: mode as Plan['mode'] })}
				/>
			)}
			{match_by && mode !== 'create' && (
				<Choice
					name="blank"
					value={blank}
					of={['skip', 'null']}
					choose={(blank) => change({ blank: blank as Plan['blank'] })}
				/>
			)}
		</Stack>
	);
}
