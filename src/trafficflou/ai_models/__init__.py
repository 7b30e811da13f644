"""Level 2: AI models behind one contract; the only importer of vendors' libraries."""
