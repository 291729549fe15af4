// Downloads a tax form as a PDF.
import { useRecordContext } from 'ra-core';
import { Download } from '../ui/Download';

export default function TaxFormFile() {
	const row = useRecordContext();
	return row && <Download to={`/api/tax_forms/${row.id}/pdf`} label="PDF" />;
}
