"""The columns of the ledgers of sites: template, file, failure file, form and list follow from them."""
