import Icon from '@mui/icons-material/FileUploadOutlined';
import { Button, useResourceContext } from 'react-admin';
import { useMay } from '../data/permissions';
import { Link } from 'react-router-dom';

/** The button that opens the import page for a resource. */
export function ImportButton({ resource }: { resource?: string }) {
	const of = useResourceContext({ resource });
	return (
		useMay(of!, 'import') && (
			<Button component={Link} to={`/imports/create?resource=${of}`} label="imports.import">
				<Icon />
			</Button>
		)
	);
}
