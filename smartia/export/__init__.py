"""What leaves the app: tables as workbooks and CSV, each with a stamp that says what it is."""
