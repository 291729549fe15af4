import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useResourceContext, useTranslateLabel } from 'ra-core';

/** A labelled field of the current record, hidden when it is empty. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
	const label = useTranslateLabel();
	const resource = useResourceContext();
	return children && (
		<Box>
			<Typography component="dt" variant="body2" color="textSecondary">{label({ resource, source: name })}</Typography>
			<Typography component="dd" sx={{ m: 0, overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>{children}</Typography>
		</Box>
	);
}
