"""The template that readers fill in: invented learners, as CSV and as a workbook."""

import csv
import io
from typing import Final

import openpyxl

TEMPLATE: Final = (
    ("External ID", "Area", "Course", "Tutor group"),
    ("EXAMPLE-001", "Construction", "Bricklaying Level 2", "BR2-A"),
    ("EXAMPLE-002", "Construction", "Plumbing Level 2", "PL2-A"),
    ("EXAMPLE-003", "Health and Care", "Adult Care Level 3", "AC3-B"),
)
"""A header and three rows; the references belong to nobody."""


def csv_template() -> bytes:
    """Write the template as CSV, with the mark by which Excel knows UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(TEMPLATE)
    return text.getvalue().encode("utf-8-sig")


def xlsx_template() -> bytes:
    """Write the template as a workbook whose references are text, so that Excel keeps zeros at their start."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Learners"
    for row in TEMPLATE:
        sheet.append(row)
    for place in range(1, 1001):
        sheet.cell(place, 1).number_format = "@"
    for letter in "ABCD":
        sheet.column_dimensions[letter].width = 24
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
