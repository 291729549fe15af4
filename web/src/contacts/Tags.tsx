import { useGetManyAggregate, useRecordContext } from 'ra-core';
import type { Contact, Tag } from './contact';

/** Black or white, whichever has more contrast. */
function ink(color: string): string {
	const [r = 0, g = 0, b = 0] = (/^#(..)(..)(..)$/.exec(color) ?? []).slice(1).map((pair) => parseInt(pair, 16));
	return (r * 299 + g * 587 + b * 114) / 1000 > 140 ? '#1d2125' : '#ffffff';
}

const known = (color: string) => (/^#[0-9a-f]{6}$/i.test(color) ? color : '#dcd8cf');

/** The tags of a contact, or of the current one; theme.ts has their look. */
export function Tags({ record }: { record?: Contact }) {
	const contact = useRecordContext<Contact>({ record });
	const ids = contact?.tags ?? [];
	const { data = [] } = useGetManyAggregate<Tag>('tags', { ids }, { enabled: ids.length > 0 });
	return (
		<div className="tags">
			{data.filter(Boolean).map(({ id, name, color }) => (
				<span key={id} className="tag" style={{ backgroundColor: known(color), color: ink(known(color)) }}>
					{name}
				</span>
			))}
		</div>
	);
}
