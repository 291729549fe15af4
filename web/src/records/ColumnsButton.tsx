// The dialog in which the user chooses the columns of a table, their order and their width.
import { useState, type PointerEvent } from 'react';
import Up from '@mui/icons-material/ArrowUpward';
import Down from '@mui/icons-material/ArrowDownward';
import Narrower from '@mui/icons-material/Remove';
import Wider from '@mui/icons-material/Add';
import Icon from '@mui/icons-material/ViewColumnOutlined';
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import MuiButton from '@mui/material/Button';
import Popover from '@mui/material/Popover';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import { Button } from 'react-admin';
import { useTranslate } from 'ra-core';
import { AddField } from './AddField';
import { useLabel } from './label';
import type { Completed } from './resource';
import { STEP, useColumns, USUAL, within, type Column } from './useColumns';

/** Returns the properties of a header that the user resizes by dragging its right edge. */
export const resizable = (resize: (width: number) => void) => ({
	sx: {
		'&::after': {
			content: '""',
			position: 'absolute',
			right: 0,
			top: 8,
			bottom: 8,
			width: 8,
			cursor: 'col-resize',
			borderRight: 1,
			borderColor: 'transparent',
		},
		'&:hover::after': { borderColor: 'divider' },
	},
	onPointerDown(event: PointerEvent<HTMLElement>) {
		const head = event.currentTarget;
		const { right, width } = head.getBoundingClientRect();
		if (event.target !== head || event.clientX < right - 12) return;
		event.preventDefault();
		head.setPointerCapture(event.pointerId);
		const wide = (at: number) => within(width + at - event.clientX);
		head.onpointermove = ({ clientX }) => {
			head.style.width = head.style.minWidth = head.style.maxWidth = `${wide(clientX)}px`;
		};
		head.onpointerup = ({ clientX }) => {
			head.onpointermove = head.onpointerup = null;
			resize(wide(clientX));
		};
	},
});

/** The button that opens the list's column dialog. */
export function ColumnsButton({ resource }: { resource: Completed }) {
	const translate = useTranslate();
	const label = useLabel();
	const { columns, all, set, comfortable, setComfortable } = useColumns(resource);
	const [anchor, setAnchor] = useState<HTMLElement | null>(null);
	const named = (name: string) => label({ resource: resource.name, source: name });
	const rest = all.filter((name) => !columns.some((one) => one.name === name));
	const move = (at: number, by: number) => {
		const next = [...columns];
		next.splice(at + by, 0, ...next.splice(at, 1));
		set(next);
	};
	const act = (does: string, name: string) => translate(`i18n.columns.${does}`, { name: named(name) });
	return (
		<>
			<Button
				label="i18n.columns.title"
				aria-haspopup="dialog"
				onClick={(event) => setAnchor(event.currentTarget)}
			>
				<Icon />
			</Button>
			<Popover
				open={Boolean(anchor)}
				anchorEl={anchor}
				onClose={() => setAnchor(null)}
				slotProps={{
					paper: {
						role: 'dialog',
						'aria-label': translate('i18n.columns.title'),
						sx: { p: 2, width: 360, maxWidth: 'calc(100vw - 32px)' },
					},
				}}
			>
				<FormControlLabel
					sx={{ ml: 0, mb: 1, width: '100%', justifyContent: 'space-between' }}
					labelPlacement="start"
					label={translate('i18n.columns.comfortable')}
					control={<Switch checked={comfortable} onChange={(_, on) => setComfortable(on)} />}
				/>
				<Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
					{[...columns, ...rest.map((name): Column => ({ name }))].map(({ name, width }, at) => {
						const shown = at < columns.length;
						return (
							<Stack component="li" direction="row" key={name} sx={{ alignItems: 'center' }}>
								<FormControlLabel
									sx={{
										flex: 1,
										minWidth: 0,
										'& .MuiFormControlLabel-label': { overflowWrap: 'anywhere' },
									}}
									label={named(name)}
									control={
										<Checkbox
											size="small"
											checked={shown}
											onChange={() =>
												set(
													shown
														? columns.filter((one) => one.name !== name)
														: [...columns, { name }],
												)
											}
										/>
									}
								/>
								{shown &&
									(
										[
											[Up, 'up', at === 0, () => move(at, -1)],
											[Down, 'down', at === columns.length - 1, () => move(at, 1)],
											[
												Narrower,
												'narrower',
												false,
												() =>
													set(
														columns.map((one) =>
															one.name === name
																? { name, width: within((width ?? USUAL) - STEP) }
																: one,
														),
													),
											],
											[
												Wider,
												'wider',
												false,
												() =>
													set(
														columns.map((one) =>
															one.name === name
																? { name, width: within((width ?? USUAL) + STEP) }
																: one,
														),
													),
											],
										] as const
									).map(([Sign, does, off, onClick]) => (
										<IconButton
											key={does}
											size="small"
											aria-label={act(does, name)}
											disabled={off}
											onClick={onClick}
										>
											<Sign fontSize="inherit" />
										</IconButton>
									))}
							</Stack>
						);
					})}
				</Box>
				<Stack direction="row" sx={{ mt: 1, justifyContent: 'space-between' }}>
					<MuiButton size="small" onClick={() => set(null)}>
						{translate('i18n.columns.reset')}
					</MuiButton>
					<AddField resource={resource} onOpen={() => setAnchor(null)} />
				</Stack>
			</Popover>
		</>
	);
}
