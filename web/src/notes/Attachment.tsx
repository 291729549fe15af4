// A file that is attached to a note, with a preview if it is a picture.
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import { picture } from '../ui/link';

export interface StoredFile {
	src: string;
	title: string;
}

const PICTURE = /\.(?:avif|gif|jpe?g|png|webp)$/i;

export function Attachment({ file }: { file: StoredFile }) {
	const path = picture(file);
	return (
		<Box sx={{ mt: 1 }}>
			{path ? (
				<Link href={path} target="_blank">
					{PICTURE.test(file.title) && (
						<Box
							component="img"
							src={path}
							alt=""
							loading="lazy"
							sx={{ display: 'block', maxWidth: '100%', maxHeight: 240, borderRadius: 1, mb: 0.5 }}
						/>
					)}
					{file.title}
				</Link>
			) : (
				file.title
			)}
		</Box>
	);
}
