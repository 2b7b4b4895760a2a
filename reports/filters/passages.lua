-- What is left of a chapter without what its conditions exclude and what needs a figure the area has not.

local run, absent, sentences = ...
local data, words, is_left_out, decided = run.data, run.words, run.is_left_out, run.decided
local new_told, new_list, tell, note_of = absent.new_told, absent.new_list, absent.tell, absent.note_of
local note_blocks, add_list, asked_in, is_lacking = absent.note_blocks, absent.add_list, absent.asked_in, absent.is_lacking
local tell_all, tell_needed, lacks_need = absent.tell_all, absent.tell_needed, absent.lacks_need
local is_space, is_label, sentences_of = sentences.is_space, sentences.is_label, sentences.sentences_of
local split_brackets, tidy_spaces = sentences.split_brackets, sentences.tidy_spaces

-- Conditions ----------------------------------------------------------------------------------------------

--- Content under conditions: kept where they are met.
local function conditional(element)
  local asked = element.attributes
  if not asked.when and not asked.unless then
    return nil
  elseif not (decided("when", asked) and decided("unless", asked)) then
    return {}
  elseif asked.needs then
    asked.when, asked.unless = nil, nil
    return element
  end
  return element.content
end

-- Sentences -----------------------------------------------------------------------------------------------

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
  if not told.lacks or not is_lacking(asked_in(content)) then
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
  if not told.asks then
    return inlines
  end
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
    if is_left_out(asked) or asked.generated then
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

local function has_generated(blocks)
  local found = false
  blocks:walk({ Div = function(div) found = found or div.attributes.generated ~= nil end })
  return found
end

--- A section's content. One that has lost all its figures says which, and drops what was said about them.
local function kept_section(blocks)
  local found = asked_in(blocks)
  local told = new_told(found)
  if #found.figures > 0 and found.there == 0 and not has_generated(blocks) then
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

local ASKING = { "figure", "ref", "needs", "when", "unless", "generated", "setting" }

--- Whether nothing in a text can fall away, and no space is left as by something that fell away. Most generated
--- blocks are such texts, and some are long.
local function is_whole(text)
  for _, name in ipairs(ASKING) do
    if text:find("[%s{]" .. name .. "%s*=") then
      return false
    end
  end
  -- Without the rows of tables, which keep their spaces, what begins a block, caption or definition, and the
  -- identifiers and classes of headings and spans.
  local words = ("\n" .. text):gsub("\n|[^\n]*", "\n"):gsub("\n:::+", "\n"):gsub("\n\n:", "\n\n"):gsub("{#[^{}\n]*}", "")
  return not words:find("%s\\?[.,;:]")
end

return { without_absent = without_absent, is_whole = is_whole }
