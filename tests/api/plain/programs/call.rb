# One request, as the published documentation shows it: ruby call.rb METHOD URL CREDENTIAL BODY.
require "net/http"
require "uri"

method, url, credential, body = ARGV
uri = URI(url)
request = Net::HTTP.const_get(method.capitalize).new(uri)
unless credential.empty?
  name, value = credential.split(": ", 2)
  request[name] = value
end
unless body.empty?
  request["Content-Type"] = "application/json"
  request.body = body
end
reply = Net::HTTP.start(uri.hostname, uri.port) { |http| http.request(request) }
puts reply.code
puts reply.body
