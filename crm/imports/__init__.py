"""The import of CSV and XLSX exports: reading, mapping and typing, before anything is stored."""
