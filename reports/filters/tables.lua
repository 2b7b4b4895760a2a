-- Tables: the data of a figure, for pages, paper and typst, and those that a chapter writes.

local run = ...
local is_html, attr, words = run.is_html, run.attr, run.words

--- A function that makes cells: of the heading for "col", of the rows' headings for "row", else of data.
local function cells_of(scope)
  -- One for all of them: there are thousands.
  local shared = attr("", {}, (is_html and scope) and { { "scope", scope } } or {})
  return function(text, align)
    return pandoc.Cell({ pandoc.Plain({ pandoc.Str(text) }) }, align, 1, 1, shared)
  end
end

local heading, row_heading, cell = cells_of("col"), cells_of("row"), cells_of(nil)

--- A table whose first column heads the rows.
local function data_table(figure, caption)
  local specs, aligns, header, rows = {}, {}, {}, {}
  for place, name in ipairs(figure.columns) do
    aligns[place] = figure.numeric[place] and "AlignRight" or "AlignLeft"
    specs[place] = { aligns[place], nil }
    header[place] = heading(name, aligns[place])
  end
  for place, values in ipairs(figure.rows) do
    local cells = {}
    for column, value in ipairs(values) do
      cells[column] = (column == 1 and row_heading or cell)(value, aligns[column])
    end
    rows[place] = pandoc.Row(cells)
  end
  return pandoc.Table(
    { long = caption and { pandoc.Plain(words(caption)) } or {} },
    specs,
    pandoc.TableHead({ pandoc.Row(header) }),
    { { attr = attr(), body = rows, head = {}, row_head_columns = 1 } },
    pandoc.TableFoot()
  )
end

local function scroll(blocks, label)
  return pandoc.Div(blocks, attr("", { "figure-scroll" },
    { { "role", "region" }, { "tabindex", "0" }, { "aria-label", label } }))
end

local function typst_string(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", " ") .. '"'
end

local function typst_table(figure)
  local count = #figure.columns
  local aligns, header, lines = {}, {}, {}
  for place, name in ipairs(figure.columns) do
    aligns[place] = figure.numeric[place] and "right" or "left"
    header[place] = "strong(" .. typst_string(name) .. ")"
  end
  for _, values in ipairs(figure.rows) do
    local cells = {}
    for place, value in ipairs(values) do
      cells[place] = "text(" .. typst_string(value) .. ")"
    end
    lines[#lines + 1] = "  " .. table.concat(cells, ", ") .. ","
  end
  return string.format(
    "#block(width: 100%%, above: 0.6em, below: 0.6em)[#set text(size: %s)\n#set par(justify: false)\n"
      .. "#table(\n  columns: %d,\n  align: (%s,),\n  stroke: (x, y) => (bottom: 0.5pt + luma(70%%)),\n  inset: 4pt,\n"
      .. "  table.header(%s),\n%s\n)]",
    count > 7 and "7pt" or "8.5pt", count, table.concat(aligns, ", "), table.concat(header, ", "),
    table.concat(lines, "\n")
  )
end

--- Any other table: its first column heads the rows, and on a narrow screen it scrolls in its own frame.
local function plain_table(tbl)
  for _, body in ipairs(tbl.bodies) do
    body.row_head_columns = 1
  end
  if not is_html then
    return tbl
  end
  for _, row in ipairs(tbl.head.rows) do
    for _, each in ipairs(row.cells) do
      each.attr.attributes.scope = "col"
    end
  end
  for _, body in ipairs(tbl.bodies) do
    for _, row in ipairs(body.body) do
      if row.cells[1] then
        row.cells[1].attr.attributes.scope = "row"
      end
    end
  end
  local caption = pandoc.utils.stringify(tbl.caption.long or {})
  return scroll({ tbl }, caption ~= "" and caption or "Table")
end

return {
  data_table = data_table,
  typst_table = typst_table,
  typst_string = typst_string,
  scroll = scroll,
  plain_table = plain_table,
}
