-- The run's data, which `jsna refresh` writes into report.json, and what all parts of the filter use.

local is_html = FORMAT:match("html") ~= nil

local function fail(message)
  error("jsna: " .. message, 0)
end

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
      local folder = path:gsub("[/\\][^/\\]*report%.json$", "")
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

local function this_file()
  if quarto and quarto.doc and quarto.doc.input_file then
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

--- Whether a figure is left out without a word: an optional one that needs a file only some councils supply.
local function is_left_out(asked)
  local id = asked.figure or asked.ref
  return asked.optional == "true" and id ~= nil and data.left_out[id] == true
end

--- What the run decided on the "when", "unless" or "needs" of a span or block: of the first two whether it is
--- met, of the last the figures among them that the area has not.
local function decided(kind, asked)
  local names = (asked[kind] or ""):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  local decision = data.passages[kind][names]
  if decision == nil then
    fail(this_file() .. ": nothing is decided on " .. kind .. '="' .. names .. '"; put it on a span or block of its own, '
      .. "and run jsna refresh again")
  end
  return decision
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

return {
  is_html = is_html,
  is_typst = FORMAT == "typst",
  in_quarto = quarto ~= nil,
  fail = fail,
  read_file = read_file,
  data = data,
  data_folder = data_folder,
  figures_folder = figures_folder,
  this_file = this_file,
  figure_of = figure_of,
  is_left_out = is_left_out,
  decided = decided,
  block_id = block_id,
  audit_target = audit_target,
  attr = attr,
  words = words,
}
