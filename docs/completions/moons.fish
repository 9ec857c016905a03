# Completion of the command moons for fish.

function __moons_checks
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test "$words[2]" = check
end

# Up to the script's name: after it come the script's own arguments.
function __moons_before_script
    set -l words (commandline -opc)
    set -e words[1]
    set -l is_value 0
    for word in $words
        if test $is_value = 1
            set is_value 0
        else if contains -- $word -e -l
            set is_value 1
        else if not string match -q -- '-?*' $word
            return 1
        end
    end
    return 0
end

complete -c moons -n '__moons_before_script' -s e -x -d 'Execute a string'
complete -c moons -n '__moons_before_script' -s i -d 'Enter interactive mode after the script'
complete -c moons -n '__moons_before_script' -s l -x -d 'Require a library into a global'
complete -c moons -n '__moons_before_script' -s v -d 'Show version information'
complete -c moons -n '__moons_before_script' -s E -d 'Ignore environment variables'
complete -c moons -n '__moons_before_script' -s W -d 'Turn warnings on'
complete -c moons -n '__moons_before_script' -l help -d 'Show the options and leave'
complete -c moons -n '__moons_before_script' -l version -d 'Show version information and leave'
complete -c moons -n 'test (count (commandline -opc)) = 1' -a check -d 'Look for mistakes in Lua files'
complete -c moons -n '__moons_checks' -s g -x -d 'A global that is defined elsewhere'
complete -c moons -n '__moons_checks' -l help -d 'Show the usage and leave'
