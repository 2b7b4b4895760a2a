-- What stands in the place of a figure: a number or phrase in a sentence, or a block with a chart or table.

local run, notes, tables = ...
local data, is_html, is_typst, figures_folder = run.data, run.is_html, run.is_typst, run.figures_folder
local fail, this_file, figure_of, attr, words = run.fail, run.this_file, run.figure_of, run.attr, run.words
local block_id, audit_target = run.block_id, run.audit_target
local marks, note_id = notes.marks, notes.note_id
local data_table, typst_table, typst_string = tables.data_table, tables.typst_table, tables.typst_string
local scroll = tables.scroll

-- In a sentence -------------------------------------------------------------------------------------------

local function inline_figure(id)
  local figure = figure_of(id)
  if figure.refused ~= "" then
    return pandoc.Span(
      words("[not available: " .. figure.refused .. "]"),
      attr("", { "not-available" }, { { "data-figure", id } })
    )
  end
  local pairs_ = {}
  if is_html then
    pairs_ = { { "data-figure", id }, { "data-kind", figure.kind } }
  end
  local link = pandoc.Link(words(figure.shown), audit_target(id), "", attr("", { "figure-" .. figure.kind }, pairs_))
  if figure.kind ~= "number" then
    return link
  end
  local found = marks(figure.warnings)
  if #found == 0 then
    return link
  end
  local raised = pandoc.Inlines({ pandoc.Str("[") })
  for place, mark in ipairs(found) do
    if place > 1 then
      raised:insert(pandoc.Str(","))
    end
    raised:insert(pandoc.Link(words(mark), "#" .. note_id(mark), "",
      attr("", { "note-mark" }, is_html and { { "aria-label", "Note " .. mark } } or {})))
  end
  raised:insert(pandoc.Str("]"))
  -- On pages a word joiner keeps the mark on the number's line.
  return pandoc.Inlines({ link, pandoc.Str(is_html and "\u{2060}" or ""), pandoc.Superscript(raised) })
end

local function ref(id)
  local figure = figure_of(id)
  if figure.label == "" then
    fail(this_file() .. ": no chapter shows figure " .. id .. ", so it cannot be referred to")
  end
  local target = (is_html and (figure.chapter .. ".html") or "") .. "#" .. block_id(id)
  return pandoc.Link(words(figure.label), target, "", attr("", { "figure-ref" }))
end

local function setting(name, begins)
  local value = data.settings[name]
  if not value then
    fail(this_file() .. ": no setting " .. name)
  end
  -- "the Isles of Scilly" at the beginning of a sentence
  return pandoc.Str(begins and (value:sub(1, 1):upper() .. value:sub(2)) or value)
end

-- Charts and tables ---------------------------------------------------------------------------------------

--- A chart's picture prints its source; who cannot see it finds the source in the text alternative.
local function alternative(figure)
  return figure.alt .. " Source: " .. figure.source .. "."
end

--- The warnings of a chart or table, in one paragraph.
local function caution(figure)
  return { pandoc.Strong(words("Take care:")), pandoc.Space(), pandoc.Str(table.concat(figure.warnings, " ")) }
end

local function source_line(figure)
  if figure.kind == "chart" then
    return pandoc.Inlines({})
  end
  return pandoc.Inlines({ pandoc.Str("Source: " .. figure.source .. "."), pandoc.Space() })
end

local function html_block(id, figure)
  local name = figure.label
  local blocks = pandoc.Blocks({})
  local caption_id = block_id(id) .. "-caption"
  blocks:insert(pandoc.Div(
    pandoc.Para({ pandoc.Strong(words(name .. ":")), pandoc.Space(), pandoc.Str(figure.title) }),
    attr(caption_id, { "figure-caption" })
  ))
  if figure.kind == "chart" then
    local image = pandoc.Image(words(alternative(figure)), figures_folder .. "/" .. figure.svg)
    blocks:insert(scroll({ pandoc.Plain({ image }) }, name .. ", chart"))
    blocks:insert(pandoc.RawBlock("html",
      '<details class="figure-data"><summary>Data of ' .. name .. "</summary>"))
    blocks:insert(scroll({ data_table(figure, name .. ": data") }, name .. ", data"))
    blocks:insert(pandoc.RawBlock("html", "</details>"))
  else
    blocks:insert(scroll({ data_table(figure, name .. ": " .. figure.title) }, name))
  end
  if #figure.warnings > 0 then
    blocks:insert(pandoc.Div(pandoc.Para(caution(figure)), attr("", { "figure-warning" })))
  end
  for _, text in ipairs(figure.notes) do
    blocks:insert(pandoc.Div(pandoc.Para(words("Note: " .. text)), attr("", { "figure-note" })))
  end
  local source = source_line(figure)
  source:insert(pandoc.Link(words("How " .. name .. " was made"), audit_target(id), "",
    attr("", { "figure-audit" }, { { "data-figure", id }, { "data-kind", figure.kind } })))
  blocks:insert(pandoc.Div(pandoc.Para(source), attr("", { "figure-source" })))
  return pandoc.Div(blocks, attr(block_id(id), { "figure-block", "figure-block-" .. figure.kind }, {
    { "role", "figure" },
    { "aria-labelledby", caption_id },
  }))
end

local function typst_block(id, figure)
  local caption = string.format("[#strong(%s) #text(%s)]", typst_string(figure.label .. ":"), typst_string(figure.title))
  local out = {}
  if figure.kind == "chart" then
    out[1] = string.format(
      '#figure(\n  image(%s, alt: %s, width: 100%%),\n  caption: figure.caption(position: top, %s),\n'
        .. '  kind: "jsna-chart", supplement: none, numbering: none, outlined: false,\n) <%s>',
      typst_string(figures_folder .. "/" .. figure.svg), typst_string(alternative(figure)), caption, block_id(id)
    )
  else
    out[1] = string.format("#block(sticky: true, above: 1.4em, below: 0.6em)%s <%s>", caption, block_id(id))
    out[2] = typst_table(figure)
  end
  local small = {}
  if #figure.warnings > 0 then
    small[1] = '#strong("Take care:") #text(' .. typst_string(table.concat(figure.warnings, " ")) .. ")"
  end
  for _, text in ipairs(figure.notes) do
    small[#small + 1] = "#text(" .. typst_string("Note: " .. text) .. ")"
  end
  local made = string.format("#link(<audit-%s>)[#text(%s)].", id, typst_string("How " .. figure.label .. " was made"))
  if figure.kind == "table" then
    made = "#text(" .. typst_string("Source: " .. figure.source .. ".") .. ") " .. made
  end
  small[#small + 1] = made
  out[#out + 1] = "#block(above: 0.6em, below: 1.6em)[#set text(size: 8.5pt)\n#set par(justify: false)\n"
    .. table.concat(small, "\n\n") .. "]"
  return pandoc.RawBlock("typst", table.concat(out, "\n"))
end

local function styled(style, inlines)
  return pandoc.Div(pandoc.Para(inlines), attr("", {}, { { "custom-style", style } }))
end

local function paper_block(id, figure)
  local is_chart = figure.kind == "chart"
  local caption = { pandoc.Strong(words(figure.label .. ":")), pandoc.Space(), pandoc.Str(figure.title) }
  local blocks = pandoc.Blocks({ styled(is_chart and "Image Caption" or "Table Caption", caption) })
  if is_chart then
    local image = pandoc.Image(words(alternative(figure)), figures_folder .. "/" .. figure.png, "", attr("", {}, { { "width", "100%" } }))
    blocks:insert(pandoc.Para({ image }))
  else
    blocks:insert(data_table(figure))
  end
  if #figure.warnings > 0 then
    blocks:insert(styled("Figure Note", caution(figure)))
  end
  for _, text in ipairs(figure.notes) do
    blocks:insert(styled("Figure Note", words("Note: " .. text)))
  end
  local source = source_line(figure)
  source:insert(pandoc.Link(words("How " .. figure.label .. " was made"), audit_target(id)))
  source:insert(pandoc.Str("."))
  blocks:insert(styled("Figure Note", source))
  return pandoc.Div(blocks, attr(block_id(id)))
end

local function refused_block(id, figure)
  local text = { pandoc.Strong(words(figure.label .. " is not available.")), pandoc.Space(),
    pandoc.Str(figure.title .. ": " .. figure.refused .. ".") }
  if is_typst then
    return pandoc.RawBlock("typst", string.format(
      "#block(width: 100%%, inset: 8pt, stroke: 1pt + luma(30%%))[#strong(%s) #text(%s)] <%s>",
      typst_string(figure.label .. " is not available."),
      typst_string(figure.title .. ": " .. figure.refused .. "."), block_id(id)))
  end
  local pairs_ = is_html and { { "role", "note" }, { "data-figure", id } } or { { "custom-style", "Block Text" } }
  return pandoc.Div(pandoc.Para(text), attr(block_id(id), { "not-available" }, pairs_))
end

local function figure_block(id)
  local figure = figure_of(id)
  if figure.label == "" then
    fail(this_file() .. ": figure " .. id .. " carries no number; it is a " .. figure.kind)
  end
  if figure.refused ~= "" then
    return refused_block(id, figure)
  elseif is_html then
    return html_block(id, figure)
  elseif is_typst then
    return typst_block(id, figure)
  end
  return paper_block(id, figure)
end

return { inline_figure = inline_figure, ref = ref, setting = setting, figure_block = figure_block }
