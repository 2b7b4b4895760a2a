--[[
Puts figures into the narrative. Quarto and pandoc both run this one filter; each file beside it is a part of it
with one purpose.

What it understands:
  []{figure="ehcp.share.latest"}            a number or phrase, linked to its entry in the audit
  ::: {figure="ehcp.share.series"} / :::    a chart or table with number, caption, data, notes and source
  []{ref="ehcp.share.series"}               "Figure 4.2", linked
  []{setting="area.name"}                   a value of the run
  ::: {figure="…" optional="true"} / :::    nothing, where no notebook publishes the figure
  ::: {when="claims"}, {unless="claims"}    content of a run that meets a condition, or does not; also spans
  ::: {needs="ehcp.share.latest"} / :::     content that falls away where the area has not the figure; also spans
  [, which is …]{.clause}                   a part of a sentence that can fall away by itself
  [Key stage 2, 2022/23]{.title}            a quoted title, left as it is
  ::: {generated="audit"} / :::             a block that the run wrote
  ::: html-only / ::: paper-only            content of one kind of output
  [words](04-send.qmd), @sec-send           links to a chapter

Where the area has not what a figure needs, the sentence falls away that asks for it, and the paragraph ends with
what is not there and why. A part in brackets falls away alone. A section all of whose figures are not there says
that and no more.

What it puts in comes from the run's report.json. It only uses pandoc's own Lua interface.
]]

--- The folder of this file, which pandoc and Quarto both name.
local function own_folder()
  for _, path in ipairs({ PANDOC_SCRIPT_FILE or "", (debug.getinfo(1, "S").source:gsub("^@", "")) }) do
    local folder = path:match("^(.*[/\\])") or ""
    local file = io.open(folder .. "data.lua", "r")
    if file then
      file:close()
      return folder
    end
  end
  error("jsna: the parts of the filter are not in its folder", 0)
end

local folder = own_folder()

--- Load a part, and give it the parts that it uses.
local function part(name, ...)
  local chunk, message = loadfile(folder .. name .. ".lua", "t", _ENV)
  if not chunk then
    error("jsna: " .. message, 0)
  end
  return chunk(...)
end

local run = part("data")
local notes = part("notes", run)
local tables = part("tables", run)
local figures = part("figures", run, notes, tables)
local passages = part("passages", run, part("absent", run), part("sentences", run))
local links = part("links", run)

local is_html = run.is_html
local filter
local on_cover = false

--- A block that the run wrote: in pandoc's own form where it is long, else as Markdown.
local function generated_blocks(name)
  local place = run.data_folder .. "/" .. name
  -- A block may be written twice, for pages and for paper.
  local made = is_html and run.read_file(place .. ".html.ast.json") or run.read_file(place .. ".ast.json")
  if made then
    return pandoc.read(made, "json").blocks
  end
  local text = run.read_file(place .. ".md")
  if not text then
    run.fail(run.this_file() .. ": no generated block " .. name)
  end
  local blocks = pandoc.read(text, "markdown").blocks
  return passages.is_whole(text) and blocks or passages.without_absent(blocks)
end

filter = {
  Span = function(span)
    local asked = span.attributes
    if run.is_left_out(asked) then
      return {}
    elseif asked.figure then
      return figures.inline_figure(asked.figure)
    elseif asked.ref then
      return figures.ref(asked.ref)
    elseif asked.setting then
      return figures.setting(asked.setting, asked.begins)
    elseif span.classes:includes("title") or span.classes:includes("clause") or asked.needs then
      return span.content
    elseif span.classes:includes("html-only") then
      return is_html and span.content or {}
    elseif span.classes:includes("paper-only") then
      return is_html and {} or span.content
    end
    return nil
  end,
  Link = links.link,
  Cite = links.cite,
  Table = tables.plain_table,
  Div = function(div)
    local asked = div.attributes
    if run.is_left_out(asked) then
      return {}
    elseif asked.figure then
      return figures.figure_block(asked.figure)
    elseif asked.generated then
      return generated_blocks(asked.generated):walk(filter)
    elseif div.classes:includes("html-only") then
      return is_html and div.content or {}
    elseif div.classes:includes("paper-only") then
      return is_html and {} or div.content
    end
    return nil
  end,
  Header = function(header)
    -- A heading that its author numbered gets no second number.
    if header.level > 1 and pandoc.utils.stringify(header.content):match("^%d+[.)] ") then
      header.classes:insert("unnumbered")
    end
    -- Quarto numbers to the depth _quarto.yml sets, and not the cover; pandoc would number every heading.
    if not run.in_quarto and (header.level > 2 or on_cover) and not header.classes:includes("unnumbered") then
      header.classes:insert("unnumbered")
    end
    return header
  end,
}

function Pandoc(doc)
  local blocks = pandoc.Blocks({})
  for _, block in ipairs(passages.without_absent(doc.blocks)) do
    if block.t == "Header" and block.level == 1 then
      blocks:extend(notes.flush((block.identifier:gsub("^sec%-", ""))))
      on_cover = block.classes:includes("unnumbered")
    end
    notes.begin_block()
    blocks:extend(pandoc.Blocks({ block }):walk(filter))
  end
  blocks:extend(notes.flush())
  doc.blocks = blocks
  return doc
end

return { { Pandoc = Pandoc } }
