// A button that downloads a file from the API.
import File from '@mui/icons-material/FileDownloadOutlined';
import Button from '@mui/material/Button';

export function Download({ to, label }: { to: string; label: string }) {
	return (
		<Button size="small" component="a" href={to} target="_blank" rel="noopener" startIcon={<File />}>
			{label}
		</Button>
	);
}
