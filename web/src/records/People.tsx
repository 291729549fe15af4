// Avatars and names of colleagues, contacts and companies.
import Avatar from '@mui/material/Avatar';
import { useTheme } from '@mui/material/styles';
import { ReferenceField, FunctionField } from 'react-admin';
import type { RaRecord } from 'ra-core';
import { picture } from '../ui/link';
import { faceColors } from '../ui/theme';

/** The uploaded picture, or otherwise the initials. */
export function Face({
	name,
	file,
	size = 32,
	square = false,
}: {
	name: string;
	file?: { src?: string } | null;
	size?: number;
	square?: boolean;
}) {
	const letters = name
		.split(/\s+/)
		.filter(Boolean)
		.map((word) => [...word][0])
		.slice(0, 2)
		.join('');
	const { mode } = useTheme().palette;
	const src = picture(file);
	const look = {
		'aria-hidden': true,
		className: square ? 'face square' : 'face',
		style: { width: size, height: size, fontSize: size * 0.4, ...faceColors(name, mode) },
		children: letters.toUpperCase(),
	};
	// Initials are plain elements, because a table has a face in each row, and few faces have a picture.
	return src ? <Avatar alt="" src={src} {...look} /> : <div {...look} />;
}

export interface Named {
	first_name?: string | null;
	last_name?: string | null;
}

export const fullName = (row: Named) => [row.first_name, row.last_name].filter(Boolean).join(' ');

/** The name of the colleague to whom a record refers. */
export function Colleague({ record, source = 'sales_id' }: { record?: RaRecord; source?: string }) {
	return (
		<ReferenceField record={record} source={source} reference="sales" link={false} emptyText="">
			<FunctionField<RaRecord & Named> render={fullName} />
		</ReferenceField>
	);
}
