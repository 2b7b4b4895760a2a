-- Where the sentences of a paragraph begin and end, and what else in it can fall away.

local run = ...
local data = run.data

local ABBREVIATIONS = { "e.g.", "i.e.", "cf.", "vs.", "etc.", "No.", "Nos.", "St.", "Dr.", "Mr.", "Mrs.", "Ms.", "approx.", "p.", "pp." }
local CLOSING = { '"', "'", ")", "]", "”", "’" }

local function is_space(element)
  local kind = element.t -- asked of pandoc once, since it is asked of every word
  return kind == "Space" or kind == "SoftBreak" or kind == "LineBreak"
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

--- Whether a bold or slanted beginning names the paragraph: "**Births.**"
local function is_label(element)
  return (element.t == "Strong" or element.t == "Emph") and pandoc.utils.stringify(element):match("[.:]$") ~= nil
end

--- One space where a passage fell away between two, and none before a full stop or a comma.
local function tidy_spaces(inlines)
  local out, after_space = pandoc.Inlines({}), false
  for place, element in ipairs(inlines) do
    local space, spare = is_space(element), false
    if space then
      local following = inlines[place + 1]
      spare = after_space or (following and following.t == "Str" and following.text:match("^[.,;:]"))
    end
    if not spare then
      out:insert(element)
      after_space = space
    end
  end
  return out
end

return {
  is_space = is_space,
  is_label = is_label,
  sentences_of = sentences_of,
  split_brackets = split_brackets,
  tidy_spaces = tidy_spaces,
}
