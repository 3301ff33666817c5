"""Documents about money, as people and machines read them: receipts, invoices, credit notes, statements."""
