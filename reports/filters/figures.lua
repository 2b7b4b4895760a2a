--[[
Puts figures into the narrative. Quarto and pandoc both run this one filter.

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

local is_html = FORMAT:match("html") ~= nil
local is_typst = FORMAT == "typst"
local in_quarto = quarto ~= nil

local function fail(message)
  error("jsna: " .. message, 0)
end

-- The run's data ------------------------------------------------------------------------------------------

local function read_file(path)
  local file = io.open(path, "r")
  if not file then
    return nil
  end
  local text = file:read("a")
  file:close()
  return text
end

local function load_data()
  local candidates = {}
  local given = os.getenv("JSNA_REPORT_DATA")
  local project = os.getenv("QUARTO_PROJECT_DIR") or pandoc.system.get_working_directory()
  if given and given ~= "" then
    candidates = { given }
  else
    candidates = {
      project .. "/_generated/report.json",
      project .. "/../runs/latest/report/_generated/report.json",
    }
  end
  for _, path in ipairs(candidates) do
    local text = read_file(path)
    if text then
      local folder = path:gsub("[/\\]report%.json$", "")
      local report = folder:gsub("[/\\]_generated$", "")
      local figures = os.getenv("JSNA_FIGURES")
      if not figures or figures == "" then
        figures = (report == project) and "figures" or (report .. "/figures")
      end
      return pandoc.json.decode(text, false), folder, figures
    end
  end
  fail("no report data found at " .. table.concat(candidates, " or ") .. "; run jsna refresh first")
end

local data, data_folder, figures_folder = load_data()

local function chapter_of_file(name)
  return data.chapters[name:gsub("%.qmd$", ""):gsub("^%./", "")]
end

local function this_file()
  if in_quarto and quarto.doc and quarto.doc.input_file then
    return (quarto.doc.input_file:gsub("^.*[/\\]", ""))
  end
  local inputs = PANDOC_STATE.input_files
  return #inputs == 1 and (inputs[1]:gsub("^.*[/\\]", "")) or "the report"
end

local function figure_of(id)
  local figure = data.figures[id]
  if not figure then
    fail(this_file() .. ": figure " .. id .. " is not in the report data; run jsna refresh again")
  end
  return figure
end

--- Whether an author allows a figure to be absent: one that needs a file only some councils supply.
local function may_be_absent(asked)
  local id = asked.figure or asked.ref
  return asked.optional == "true" and id ~= nil and data.figures[id] == nil
end

local function block_id(id)
  return "f-" .. id:gsub("%.", "-")
end

local function audit_target(id)
  return (is_html and data.audit_page or "") .. "#audit-" .. id
end

--- Attributes are given as a list of pairs: Lua keeps no order of named ones, and pages must not vary.
local function attr(id, classes, pairs_)
  return pandoc.Attr(id or "", classes or {}, pairs_ or {})
end

local function words(text)
  return pandoc.Inlines({ pandoc.Str(text) })
end

-- Warnings of numbers: a letter beside the number, the words at the end of the chapter --------------------

local notes = { key = "page", list = {}, letters = {}, here = {} }

local function letter(place)
  local name = string.char(97 + (place - 1) % 26)
  return place > 26 and (letter((place - 1) // 26) .. name) or name
end

local function note_id(mark)
  return "note-" .. notes.key .. "-" .. mark
end

--- The letters of a number's warnings that the present paragraph does not show yet.
local function marks(warnings)
  local found = {}
  for _, text in ipairs(warnings or {}) do
    if not notes.letters[text] then
      notes.list[#notes.list + 1] = text
      notes.letters[text] = letter(#notes.list)
    end
    local mark = notes.letters[text]
    if not notes.here[mark] then
      notes.here[mark] = true
      found[#found + 1] = mark
    end
  end
  return found
end

--- The chapter's notes, and a fresh start for the next one.
local function flush_notes(next_key)
  local blocks = {}
  if #notes.list > 0 then
    blocks[1] = pandoc.Para({ pandoc.Strong(words("Notes on the figures of this chapter")) })
    for place, text in ipairs(notes.list) do
      local mark = letter(place)
      blocks[#blocks + 1] = pandoc.Div(
        pandoc.Para({ pandoc.Str("[" .. mark .. "]"), pandoc.Space(), pandoc.Str(text) }),
        attr(note_id(mark), { "figure-warning" })
      )
    end
    blocks = { pandoc.Div(blocks, attr("", { "figure-warnings" }, is_html and { { "role", "note" } } or {})) }
  end
  notes = { key = next_key or "page", list = {}, letters = {}, here = {} }
  return blocks
end

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

-- What the area has not ----------------------------------------------------------------------------------

--- Content under conditions: kept where they hold.
local function holds(attributes)
  for name in (attributes.when or ""):gmatch("%S+") do
    if not data.facts[name] then
      return false
    end
  end
  for name in (attributes.unless or ""):gmatch("%S+") do
    if data.facts[name] then
      return false
    end
  end
  return true
end

local function conditional(element)
  local asked = element.attributes
  if not asked.when and not asked.unless then
    return nil
  elseif not holds(asked) then
    return {}
  elseif asked.needs then
    asked.when, asked.unless = nil, nil
    return element
  end
  return element.content
end

--- What a section has found not to be there: told once, by reason, in order.
local function new_told()
  return { seen = {} }
end

local function new_list()
  return { reasons = {}, names = {} }
end

--- Put a figure on a list of what is to be told, unless the section has told it.
local function tell(list, told, id)
  local entry = data.absent[id]
  local key = entry.reason .. "\0" .. entry.name
  if told.seen[key] then
    return
  end
  told.seen[key] = true
  if not list.names[entry.reason] then
    list.reasons[#list.reasons + 1] = entry.reason
    list.names[entry.reason] = {}
  end
  table.insert(list.names[entry.reason], entry.name)
end

local function listed(names)
  local parted = false
  for _, name in ipairs(names) do
    parted = parted or name:find(",", 1, true) or name:find(" and ", 1, true)
  end
  if parted then
    return table.concat(names, "; ")
  end
  local last = names[#names]
  return #names == 1 and last or (table.concat(names, ", ", 1, #names - 1) .. " and " .. last)
end

--- "Not published for Birmingham: births and low income."; nil where there is nothing to tell.
local function note_of(list)
  if #list.reasons == 0 then
    return nil
  end
  local parts = {}
  for place, reason in ipairs(list.reasons) do
    parts[place] = reason:sub(1, 1):upper() .. reason:sub(2) .. ": " .. listed(list.names[reason]) .. "."
  end
  return pandoc.Span(words(table.concat(parts, " ")), attr("", { "absent" }))
end

local function note_blocks(list)
  local note = note_of(list)
  return note and { pandoc.Para({ note }) } or {}
end

--- Put what one list tells at the end of another.
local function add_list(list, other)
  for _, reason in ipairs(other.reasons) do
    if not list.names[reason] then
      list.reasons[#list.reasons + 1] = reason
      list.names[reason] = {}
    end
    for _, name in ipairs(other.names[reason]) do
      table.insert(list.names[reason], name)
    end
  end
end

--- Figures asked for in some inlines or blocks: those the area has not, and how many of the others.
local function asked_in(content)
  local found = { figures = {}, refs = {}, needs = {}, there = 0 }
  local function see(element)
    local asked = element.attributes
    local id = asked.figure or asked.ref
    if id and not may_be_absent(asked) then
      if data.absent[id] then
        table.insert(asked.figure and found.figures or found.refs, id)
      elseif asked.figure then
        found.there = found.there + 1
      end
    end
    for name in (asked.needs or ""):gmatch("%S+") do
      if data.absent[name] then
        table.insert(found.needs, name)
      end
    end
  end
  content:walk({ Span = see, Div = see })
  return found
end

local function is_lacking(found)
  return #found.figures > 0 or #found.refs > 0 or #found.needs > 0
end

local function tell_all(list, told, found)
  for _, id in ipairs(found.figures) do
    tell(list, told, id)
  end
end

--- What a passage takes with it that falls away for want of a figure. Where it only speaks of one that is told of
--- elsewhere, nothing is told.
local function tell_needed(list, told, found)
  tell_all(list, told, found)
  for _, id in ipairs((found.there > 0 or #found.figures > 0) and found.needs or {}) do
    tell(list, told, id)
  end
end

--- Whether a span or block names a figure it needs and the area has not.
local function lacks_need(element)
  for name in (element.attributes.needs or ""):gmatch("%S+") do
    if data.absent[name] then
      return true
    end
  end
  return false
end

-- Sentences -----------------------------------------------------------------------------------------------

local ABBREVIATIONS = { "e.g.", "i.e.", "cf.", "vs.", "etc.", "No.", "Nos.", "St.", "Dr.", "Mr.", "Mrs.", "Ms.", "approx.", "p.", "pp." }
local CLOSING = { '"', "'", ")", "]", "”", "’" }

local function is_space(element)
  return element.t == "Space" or element.t == "SoftBreak" or element.t == "LineBreak"
end

local function last_words(element)
  if element.t == "Span" and element.attributes.figure then
    local figure = data.figures[element.attributes.figure]
    return figure and figure.shown or ""
  end
  return pandoc.utils.stringify(element)
end

local function without_closing(text)
  local again = true
  while again do
    again = false
    for _, mark in ipairs(CLOSING) do
      if #text > #mark and text:sub(-#mark) == mark then
        text, again = text:sub(1, -#mark - 1), true
      end
    end
  end
  return text
end

--- Whether a sentence ends with an inline, given the one that follows the space after it.
local function ends_sentence(element, following)
  if following and following.t == "Str" and following.text:match("^[%(“‘]*%l") then
    return false
  end
  local text = last_words(element)
  for _, short in ipairs(ABBREVIATIONS) do
    if text:sub(-#short) == short and not text:sub(1, -#short - 1):match("%a$") then
      return false
    end
  end
  if text:match("^%(?%u%.$") then
    return false -- an initial
  end
  return without_closing(text):match("[.!?]$") ~= nil
end

--- Inlines parted into sentences, each with the space before it.
local function sentences_of(inlines)
  local sentences, current = {}, { before = pandoc.Inlines({}), content = pandoc.Inlines({}) }
  local place = 1
  while place <= #inlines do
    local element = inlines[place]
    if is_space(element) and #current.content == 0 then
      current.before:insert(element)
    else
      current.content:insert(element)
      local next_one = inlines[place + 1]
      if next_one and is_space(next_one) and not is_space(element) and ends_sentence(element, inlines[place + 2]) then
        sentences[#sentences + 1] = current
        current = { before = pandoc.Inlines({}), content = pandoc.Inlines({}) }
      end
    end
    place = place + 1
  end
  if #current.content > 0 then
    sentences[#sentences + 1] = current
  end
  return sentences
end

--- Words split at round brackets, so that what they enclose can be told from the rest.
local function split_brackets(inlines)
  local out = pandoc.Inlines({})
  for _, element in ipairs(inlines) do
    if element.t == "Str" and element.text:find("[()]") then
      local rest = element.text
      while rest ~= "" do
        local piece = rest:match("^[^()]+") or rest:sub(1, 1)
        out:insert(pandoc.Str(piece))
        rest = rest:sub(#piece + 1)
      end
    else
      out:insert(element)
    end
  end
  return out
end

--- Drop what is in brackets, or in a clause of its own, where it needs what is not there.
local function without_asides(inlines, list, told)
  local out, place = pandoc.Inlines({}), 1
  inlines = split_brackets(inlines)
  while place <= #inlines do
    local element, taken = inlines[place], 1
    if element.t == "Str" and element.text == "(" then
      local close = place + 1
      while inlines[close] and not (inlines[close].t == "Str" and inlines[close].text == ")") do
        close = close + 1
      end
      if inlines[close] then
        local inside = pandoc.Inlines({})
        for inner = place, close do
          inside:insert(inlines[inner])
        end
        local found = asked_in(inside)
        taken = #inside
        if is_lacking(found) then
          tell_all(list, told, found)
          if #out > 0 and is_space(out[#out]) then
            out:remove(#out)
          end
        else
          out:extend(inside)
        end
      else
        out:insert(element)
      end
    elseif element.t == "Span" and element.classes:includes("clause") then
      local found = asked_in(element.content)
      if is_lacking(found) then
        tell_all(list, told, found)
        if #out > 0 and is_space(out[#out]) and not (inlines[place + 1] and is_space(inlines[place + 1])) then
          out:remove(#out)
        end
      else
        out:extend(element.content)
      end
    else
      out:insert(element)
    end
    place = place + taken
  end
  return out
end

--- Drop the members that are not there from a list that follows its name: "Evidence: Figure 1.1, chapter 2."
local function without_members(inlines)
  local out, kept = pandoc.Inlines({ inlines[1] }), 0
  local member = pandoc.Inlines({})
  local function close()
    if #member > 0 and not is_lacking(asked_in(member)) then
      if kept > 0 then
        out:insert(pandoc.Str(","))
      end
      out:insert(pandoc.Space())
      out:extend(member)
      kept = kept + 1
    end
    member = pandoc.Inlines({})
  end
  local last = nil
  for place = 2, #inlines do
    local element = inlines[place]
    if element.t == "Str" and element.text == "," then
      close()
    elseif place == #inlines and element.t == "Str" and element.text == "." then
      last = element
    elseif not (is_space(element) and #member == 0) then
      member:insert(element)
    end
  end
  close()
  if kept == 0 then
    return nil
  end
  if last then
    out:insert(last)
  end
  return out
end

--- A sentence without what is not there; nil where nothing of it can stand.
local function kept_sentence(content, list, told)
  if not is_lacking(asked_in(content)) then
    return content
  end
  local rest = without_asides(content, list, told)
  local found = asked_in(rest)
  if not is_lacking(found) then
    return #rest > 0 and rest or nil
  end
  local first = rest[1]
  if #found.figures == 0 and first.t == "Emph" and pandoc.utils.stringify(first):match(":$") then
    return without_members(rest)
  end
  tell_all(list, told, found)
  return nil
end

--- Unwrap spans that need a figure, and clauses, where what they ask for is there; drop the others.
local function without_lacking_spans(inlines, list, told)
  return inlines:walk({
    traverse = "topdown",
    Span = function(span)
      if not span.attributes.needs then
        return nil
      elseif lacks_need(span) then
        tell_needed(list, told, asked_in(pandoc.Inlines({ span })))
        return {}, false
      end
      return span.content
    end,
  })
end

--- Whether a bold or slanted beginning names the paragraph: "**Births.**"
local function is_label(element)
  return (element.t == "Strong" or element.t == "Emph") and pandoc.utils.stringify(element):match("[.:]$") ~= nil
end

--- One space where a passage fell away between two, and none before a full stop or a comma.
local function tidy_spaces(inlines)
  local out = pandoc.Inlines({})
  for place, element in ipairs(inlines) do
    local following = inlines[place + 1]
    local spare = is_space(element) and (
      (#out > 0 and is_space(out[#out])) or (following and following.t == "Str" and following.text:match("^[.,;:]"))
    )
    if not spare then
      out:insert(element)
    end
  end
  return out
end

--- A paragraph's inlines without what is not there, with a note of it at the end; none where nothing is left.
local function kept_inlines(inlines, told)
  local list = new_list()
  local out, label = pandoc.Inlines({}), nil
  local parted = sentences_of(tidy_spaces(without_lacking_spans(inlines, list, told)))
  local first = parted[1] and parted[1].content
  if first and #parted > 1 and #first == 1 and is_label(first[1]) and not is_lacking(asked_in(first)) then
    label = table.remove(parted, 1).content
  end
  for _, sentence in ipairs(parted) do
    local begins = sentence.content[1]
    if begins.t == "Span" and begins.attributes.setting then
      begins.attributes.begins = "true"
      sentence.content[1] = begins
    end
    local kept = kept_sentence(sentence.content, list, told)
    if kept then
      if #out > 0 then
        out:extend(#sentence.before > 0 and sentence.before or { pandoc.Space() })
      end
      out:extend(kept)
    end
  end
  local note = note_of(list)
  if note then
    if #out > 0 then
      out:insert(pandoc.Space())
    end
    out:insert(note)
  end
  if label and #out > 0 then
    label:insert(pandoc.Space())
    label:extend(out)
    return label, nil
  end
  return out, (note and #out == 1) and list or nil
end

-- Sections ------------------------------------------------------------------------------------------------

local kept_blocks

local function kept_list(list, told)
  local items = pandoc.List({})
  for _, item in ipairs(list.content) do
    local kept = kept_blocks(pandoc.Blocks(item), told)
    if #kept == 1 and item[1].t == "Plain" and kept[1].t == "Para" then
      kept[1] = pandoc.Plain(kept[1].content) -- a note in a list whose items are set close
    end
    if #kept > 0 then
      items:insert(kept)
    end
  end
  list.content = items
  return #items > 0 and { list } or {}
end

--- A block without what is not there; the second value tells what, where nothing else is left of it.
local function kept_block(block, told)
  if block.t == "Para" or block.t == "Plain" then
    local list
    block.content, list = kept_inlines(block.content, told)
    return #block.content > 0 and { block } or {}, list
  elseif block.t == "BulletList" or block.t == "OrderedList" then
    return kept_list(block, told)
  elseif block.t == "DefinitionList" then
    local items = pandoc.List({})
    for _, item in ipairs(block.content) do
      local definitions = pandoc.List({})
      for _, definition in ipairs(item[2]) do
        local kept = kept_blocks(pandoc.Blocks(definition), told)
        if #kept > 0 then
          definitions:insert(kept)
        end
      end
      if #definitions > 0 then
        items:insert({ item[1], definitions })
      end
    end
    block.content = items
    return #items > 0 and { block } or {}
  elseif block.t == "BlockQuote" then
    block.content = kept_blocks(block.content, told)
    return #block.content > 0 and { block } or {}
  elseif block.t == "Div" then
    local asked = block.attributes
    if may_be_absent(asked) or asked.generated then
      return { block }
    elseif asked.figure then
      if not data.absent[asked.figure] then
        return { block }
      end
      local list = new_list()
      tell(list, told, asked.figure)
      return note_blocks(list), list
    elseif lacks_need(block) then
      local list = new_list()
      tell_needed(list, told, asked_in(pandoc.Blocks({ block })))
      return note_blocks(list), list
    end
    block.content = kept_blocks(block.content, told)
    if asked.needs then
      return block.content
    end
    return #block.content > 0 and { block } or {}
  end
  return { block:walk({
    Span = function(span)
      if span.attributes.figure and data.absent[span.attributes.figure] then
        return words("not available")
      end
    end,
  }) }
end

kept_blocks = function(blocks, told)
  local out, pending = pandoc.Blocks({}), nil
  local function tell_pending()
    if pending then
      out:extend(note_blocks(pending))
      pending = nil
    end
  end
  for _, block in ipairs(blocks) do
    local kept, list = kept_block(block, told)
    if list then
      pending = pending or new_list()
      add_list(pending, list)
    elseif #kept > 0 then
      tell_pending()
      out:extend(kept)
    end
  end
  tell_pending()
  return out
end

--- A section's content. One that has lost all its figures says which, and drops what was said about them.
local function kept_section(blocks)
  local told, found = new_told(), asked_in(blocks)
  local generated_here = false
  blocks:walk({ Div = function(div) generated_here = generated_here or div.attributes.generated ~= nil end })
  if #found.figures > 0 and found.there == 0 and not generated_here then
    local list = new_list()
    tell_all(list, told, found)
    return note_blocks(list)
  end
  return kept_blocks(blocks, told)
end

local function without_absent(blocks)
  blocks = blocks:walk({ Div = conditional, Span = conditional })
  local out, section = pandoc.Blocks({}), pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    if block.t == "Header" then
      out:extend(kept_section(section))
      section = pandoc.Blocks({})
      out:insert(block)
    else
      section:insert(block)
    end
  end
  out:extend(kept_section(section))
  return out
end

-- Charts and tables ---------------------------------------------------------------------------------------

local function cell(text, align, header, scope)
  local pairs_ = (is_html and header) and { { "scope", scope } } or {}
  return pandoc.Cell(pandoc.Blocks({ pandoc.Plain(words(text)) }), align, 1, 1, attr("", {}, pairs_))
end

--- A table whose first column heads the rows.
local function data_table(figure, caption)
  local specs, header, rows = {}, {}, {}
  for place, name in ipairs(figure.columns) do
    local align = figure.numeric[place] and "AlignRight" or "AlignLeft"
    specs[place] = { align, nil }
    header[place] = cell(name, align, true, "col")
  end
  for _, values in ipairs(figure.rows) do
    local cells = {}
    for place, value in ipairs(values) do
      local align = figure.numeric[place] and "AlignRight" or "AlignLeft"
      cells[place] = cell(value, align, place == 1, "row")
    end
    rows[#rows + 1] = pandoc.Row(cells)
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

-- Generated blocks and links ------------------------------------------------------------------------------

local filter
local on_cover = false

local function generated(name)
  -- A block may be written twice, for pages and for paper.
  local for_pages = is_html and read_file(data_folder .. "/" .. name .. ".html.md")
  local text = for_pages or read_file(data_folder .. "/" .. name .. ".md")
  if not text then
    fail(this_file() .. ": no generated block " .. name)
  end
  return without_absent(pandoc.read(text, "markdown").blocks):walk(filter)
end

--- Links to chapters: Quarto knows its own in HTML, but not in one document made of all chapters.
--- Of other addresses only those of the web and of mail stay links: data may hold one that runs in a browser.
local function link(element)
  local scheme = element.target:gsub("[%c%s]", ""):match("^([^/#?]-):")
  if scheme and not ({ http = true, https = true, mailto = true })[scheme:lower()] then
    return element.content
  end
  local file, anchor = element.target:match("^([%w_./-]+%.qmd)(#?.*)$")
  if not file or (in_quarto and is_html) then
    return nil
  end
  local chapter = chapter_of_file(file)
  if not chapter then
    fail(this_file() .. ": no chapter " .. file)
  end
  if is_html then
    element.target = file:gsub("%.qmd$", ".html") .. anchor
  else
    element.target = anchor ~= "" and anchor or ("#" .. chapter.id)
  end
  return element
end

local function cite(element)
  if in_quarto then
    return nil
  end
  local id = element.citations[1].id
  for stem, chapter in pairs(data.chapters) do
    if chapter.id == id then
      local target = is_html and (stem .. ".html") or ("#" .. id)
      return pandoc.Link(words(chapter.number ~= "" and ("Chapter " .. chapter.number) or chapter.title), target)
    end
  end
  if id:match("^sec%-") then
    fail(this_file() .. ": no chapter @" .. id)
  end
  return nil
end

filter = {
  Span = function(span)
    local asked = span.attributes
    if may_be_absent(asked) then
      return {}
    elseif asked.figure then
      return inline_figure(asked.figure)
    elseif asked.ref then
      return ref(asked.ref)
    elseif asked.setting then
      return setting(asked.setting, asked.begins)
    elseif span.classes:includes("title") or span.classes:includes("clause") or asked.needs then
      return span.content
    elseif span.classes:includes("html-only") then
      return is_html and span.content or {}
    elseif span.classes:includes("paper-only") then
      return is_html and {} or span.content
    end
    return nil
  end,
  Link = link,
  Cite = cite,
  Table = plain_table,
  Div = function(div)
    local asked = div.attributes
    if may_be_absent(asked) then
      return {}
    elseif asked.figure then
      return figure_block(asked.figure)
    elseif asked.generated then
      return generated(asked.generated)
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
    if not in_quarto and (header.level > 2 or on_cover) and not header.classes:includes("unnumbered") then
      header.classes:insert("unnumbered")
    end
    return header
  end,
}

function Pandoc(doc)
  local blocks = pandoc.Blocks({})
  for _, block in ipairs(without_absent(doc.blocks)) do
    if block.t == "Header" and block.level == 1 then
      blocks:extend(flush_notes((block.identifier:gsub("^sec%-", ""))))
      on_cover = block.classes:includes("unnumbered")
    end
    notes.here = {}
    blocks:extend(pandoc.Blocks({ block }):walk(filter))
  end
  blocks:extend(flush_notes())
  doc.blocks = blocks
  return doc
end

return { { Pandoc = Pandoc } }
