"""What leaves the app: tables as workbooks, each with a stamp that says what it is."""
