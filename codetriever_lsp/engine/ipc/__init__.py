"""How front ends and the engine process talk: messages, addresses, and both ends of a
connection.
"""
