# cmake -DINPUT=file -DOUTPUT=file.cpp -DHEADER=declares.hpp -DSPACE=namespace -DSYMBOL=name -P embed_text.cmake:
# a text file as a C++ string.
file(READ ${INPUT} text)
string(LENGTH "${text}" length)
set(pieces "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${text}" ${at} 8000 piece)
  string(APPEND pieces "    R\"embedded(${piece})embedded\"\n")
  math(EXPR at "${at} + 8000")
endwhile()
file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n\nnamespace ${SPACE} {\n\nstd::string_view ${SYMBOL}() noexcept\n{\n    static char const text[] =\n${pieces}        ;\n    return {text, sizeof text - 1};\n}\n\n} // namespace ${SPACE}\n")
