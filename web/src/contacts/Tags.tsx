import Chip from '@mui/material/Chip';
import Stack from '@mui/material/Stack';
import { useGetManyAggregate, useRecordContext } from 'ra-core';
import type { Contact, Tag } from './contact';

/** Black or white, whichever has more contrast. */
function ink(color: string): string {
	const [r = 0, g = 0, b = 0] = (/^#(..)(..)(..)$/.exec(color) ?? []).slice(1).map((pair) => parseInt(pair, 16));
	return (r * 299 + g * 587 + b * 114) / 1000 > 140 ? '#1d2125' : '#ffffff';
}

const known = (color: string) => (/^#[0-9a-f]{6}$/i.test(color) ? color : '#dcd8cf');

const chip = { '& .MuiChip-deleteIcon': { color: 'inherit' } };

export function TagChip({ tag, ...rest }: { tag: Tag; onDelete?: () => void }) {
	const color = known(tag.color);
	return (
		<Chip size="small" label={tag.name} {...rest} style={{ backgroundColor: color, color: ink(color) }} sx={chip} />
	);
}

/** The tags of a contact, or of the current one. */
export function Tags({ record }: { record?: Contact }) {
	const contact = useRecordContext<Contact>({ record });
	const ids = contact?.tags ?? [];
	const { data = [] } = useGetManyAggregate<Tag>('tags', { ids }, { enabled: ids.length > 0 });
	return (
		<Stack className="tags" direction="row" useFlexGap sx={{ flexWrap: 'wrap', gap: 0.5 }}>
			{data.filter(Boolean).map((tag) => (
				<TagChip key={tag.id} tag={tag} />
			))}
		</Stack>
	);
}
