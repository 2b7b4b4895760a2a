-- Which figures a passage asks for and the area has not, and how the report says so.

local run = ...
local data, attr, words = run.data, run.attr, run.words
local is_left_out, decided = run.is_left_out, run.decided

local function is_lacking(found)
  return #found.figures > 0 or #found.refs > 0 or #found.needs > 0
end

--- What a section has found not to be there: told once, by reason, in order. And what there is to look for in it:
--- whether it lacks anything, and whether it says what a passage needs.
local function new_told(found)
  return { seen = {}, lacks = is_lacking(found), asks = found.asks }
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

--- "Not in this edition for Birmingham: births and low income."; nil where there is nothing to tell.
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

--- Figures asked for in some inlines or blocks: those the area has not, and how many of the others; and whether
--- any are said to be needed.
local function asked_in(content)
  local found = { figures = {}, refs = {}, needs = {}, there = 0, asks = false }
  local function see(element)
    local asked = element.attributes
    local id = asked.figure or asked.ref
    if id and not is_left_out(asked) then
      if data.absent[id] then
        table.insert(asked.figure and found.figures or found.refs, id)
      elseif asked.figure then
        found.there = found.there + 1
      end
    end
    if asked.needs then
      found.asks = true
      for _, name in ipairs(decided("needs", asked)) do
        table.insert(found.needs, name)
      end
    end
  end
  content:walk({ Span = see, Div = see })
  return found
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
  return #decided("needs", element.attributes) > 0
end

return {
  new_told = new_told,
  new_list = new_list,
  tell = tell,
  note_of = note_of,
  note_blocks = note_blocks,
  add_list = add_list,
  asked_in = asked_in,
  is_lacking = is_lacking,
  tell_all = tell_all,
  tell_needed = tell_needed,
  lacks_need = lacks_need,
}
