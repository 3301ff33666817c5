"""The console's pages about money: charges and their prices, reviews, invoices, customers, ledger, revenue."""
